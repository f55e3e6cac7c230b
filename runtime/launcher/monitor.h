/* The process that stays with a container (or an exec) from before its start to after its end. */
#ifndef BERTH_MONITOR_H
#define BERTH_MONITOR_H

#include "plan.h"

/*
 * Runs in a process of its own; `connection` is the one the request came over. `bridges_fd` is the network namespace
 * that holds the bridges, -1 for the caller's. Does not return.
 */
_Noreturn void monitor_launch(int connection, const struct launch_plan *plan, int bridges_fd);
_Noreturn void monitor_exec(int connection, const struct exec_plan *plan);

#endif
