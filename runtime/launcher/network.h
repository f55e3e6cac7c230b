/* Bridges, and a container's own network namespace on them. */
#ifndef BERTH_NETWORK_H
#define BERTH_NETWORK_H

#include "plan.h"

/* In the caller's network namespace. Idempotent. */
int network_ensure_bridge(const char *name, const struct strings *addresses, uint32_t mtu, struct error *error);
int network_remove_bridge(const char *name, struct error *error);
/* lo up, in the caller's network namespace. */
int network_loopback_up(struct error *error);
/*
 * Leaves the calling process in the container's network namespace, which its children inherit. It must be in the one
 * with the bridges before. Nothing is ever deleted: interfaces go with the namespace.
 */
int network_enter(const struct launch_plan *plan, struct error *error);

#endif
