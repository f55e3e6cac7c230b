/* Another OCI runtime (runc, crun) makes the container's process; everything around it is the monitor's as always. */
#ifndef BERTH_RUNTIME_H
#define BERTH_RUNTIME_H

#include "spawn.h"

/* Prepares the process up to the point before exec: the runtime's `create`. */
int runtime_create(const struct launch_plan *plan, struct spawned *spawned, struct warnings *warnings,
		   struct error *error);
/* Lets it exec: the runtime's `start`. */
int runtime_start(const struct launch_plan *plan, struct error *error);
/* Takes away what the runtime keeps of a container that has ended, and its control groups. */
void runtime_delete(const struct launch_plan *plan);

#endif
