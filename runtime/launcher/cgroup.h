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
/* Moves the process into every directory (but the unified one when it was born there). */
int cgroups_join(const struct cgroup_step *steps, uint32_t count, pid_t pid, bool born_in_unified,
		 struct error *error);
/* Kernel killed something in there for want of memory. */
bool cgroups_oom_killed(const struct cgroup_step *steps, uint32_t count);
/* True when there is a freezer; then *error tells of a failure to use it. */
bool cgroups_freeze(const struct cgroup_step *steps, uint32_t count, bool frozen, int *result, struct error *error);
/* Kills what is still inside and removes the directories with any the container made below them. */
void cgroups_remove(const struct cgroup_step *steps, uint32_t count);

#endif
