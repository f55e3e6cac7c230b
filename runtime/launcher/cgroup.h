/* Cgroup directories of one container or exec: make, limit, join, freeze, kill, remove. Version 1 and 2. */
#ifndef BERTH_CGROUP_H
#define BERTH_CGROUP_H

#include "plan.h"

/* Makes the directories and writes the limits. On failure nothing made here is left. */
int cgroups_make(const struct cgroup_step *steps, uint32_t count, struct warnings *warnings, struct error *error);
/* Writes new limits into directories that exist, or are made for the members of the others. */
int cgroups_update(const struct cgroup_step *steps, uint32_t count, struct error *error);
/* Descriptor of the unified directory for CLONE_INTO_CGROUP, or -1 when the plan has none. */
int cgroups_open_unified(const struct cgroup_step *steps, uint32_t count);
/*
 * Moves the calling process, which must have one thread, into every version 1 directory. A thread that moves itself
 * takes none of the kernel's global locks; moving another one waits for an RCU grace period, 5 ms on an idle machine.
 */
int cgroups_enter(const struct cgroup_step *steps, uint32_t count, struct error *error);
/*
 * Moves the process into the unified directory, for one that could not be born there. Where the container has divided
 * that among directories of its own, it joins its `neighbour` in one of these (0: there is none).
 */
int cgroups_join_unified(const struct cgroup_step *steps, uint32_t count, pid_t pid, pid_t neighbour,
			 struct error *error);
/* Kernel killed something in there for want of memory. */
bool cgroups_oom_killed(const struct cgroup_step *steps, uint32_t count);
/* True when there is a freezer; then *error tells of a failure to use it. */
bool cgroups_freeze(const struct cgroup_step *steps, uint32_t count, bool frozen, int *result, struct error *error);
/* Kills what is still inside and removes the directories with any the container made below them. */
void cgroups_remove(const struct cgroup_step *steps, uint32_t count);

#endif
