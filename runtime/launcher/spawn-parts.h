/* What making a container's process (spawn.c) and an exec'd one (exec.c) share. */
#ifndef BERTH_SPAWN_PARTS_H
#define BERTH_SPAWN_PARTS_H

#include "process.h"
#include "spawn.h"

/*
 * clone3 with a pidfd. Born in the cgroup `cgroup_fd` (-1: none) where that works, which *born tells; rootless without
 * delegation it is not permitted.
 */
pid_t spawn_clone(uint64_t flags, int cgroup_fd, int *pidfd, bool *born);
int spawn_open_streams(const struct process_plan *process, struct spawned *spawned, struct child *child,
		       struct error *error);
void spawn_close_child_ends(struct child *child);
/*
 * Puts the new process into its cgroups, where it was not born there, or beside the `neighbour` (see
 * cgroups_join_unified()); lets it prepare, and takes what it reports until it is ready.
 */
int spawn_settle(struct spawned *spawned, struct child *child, const struct cgroup_step *cgroups, uint32_t count,
		 bool born, pid_t neighbour, struct warnings *warnings, struct error *error);
/* Takes messages until READY (or until the end, when `until_exec`: then the end is success). */
int spawn_converse(struct spawned *spawned, bool until_exec, struct warnings *warnings, struct error *error);
/* Tells the child to go on: SYNC_JOINED, SYNC_GO. */
int spawn_release(struct spawned *spawned, char word);

#endif
