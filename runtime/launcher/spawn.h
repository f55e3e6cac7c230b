/* Makes a process in its namespaces and cgroups, up to the point before exec, and lets it exec. */
#ifndef BERTH_SPAWN_H
#define BERTH_SPAWN_H

#include "plan.h"

struct spawned {
	pid_t pid;
	int pidfd;
	int sync;
	/* The monitor's ends: non-blocking; master replaces the three with a terminal. */
	int input, output, errors;
	int master, peer;
};

#define SPAWNED_NONE \
	{ .pid = -1, .pidfd = -1, .sync = -1, .input = -1, .output = -1, .errors = -1, .master = -1, .peer = -1 }

int spawn_container(const struct launch_plan *plan, struct spawned *spawned, struct warnings *warnings,
		    struct error *error);
int spawn_exec(const struct exec_plan *plan, struct spawned *spawned, struct warnings *warnings, struct error *error);
/* Lets the prepared process exec; returns when execve has succeeded. */
int spawn_go(struct spawned *spawned, struct warnings *warnings, struct error *error);
/* Kills, reaps, closes. */
void spawn_undo(struct spawned *spawned);

#endif
