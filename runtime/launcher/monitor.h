/* The process that stays with a container (or an exec) from before its start to after its end. */
#ifndef BERTH_MONITOR_H
#define BERTH_MONITOR_H

#include "plan.h"
#include "zygote.h"

/* Run in a process of their own; `connection` is the one the request came over. They do not return. */
_Noreturn void monitor_launch(int connection, const struct launch_plan *plan, const struct zygote *zygote);
_Noreturn void monitor_exec(int connection, const struct exec_plan *plan);

#endif
