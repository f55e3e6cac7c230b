/* Device nodes and the usual links in a container's /dev. */
#ifndef BERTH_DEVICES_H
#define BERTH_DEVICES_H

#include "plan.h"

int devices_make(const struct launch_plan *plan, int root, struct error *error);

#endif
