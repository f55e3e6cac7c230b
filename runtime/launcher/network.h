/* Bridges and parents, and a container's own network namespace on them. */
#ifndef BERTH_NETWORK_H
#define BERTH_NETWORK_H

#include "plan.h"

/* In the caller's network namespace. Idempotent; the alias is given only to a bridge that is made. */
int network_ensure_bridge(const char *name, const struct strings *addresses, uint32_t mtu, const char *alias,
			  struct error *error);
/* A VLAN of the master, or where that is '' an interface without a link to anything; up. One that is there stays as it is. */
int network_ensure_parent(const char *name, const char *master, uint32_t vlan, const char *alias, struct error *error);
/* Removes the bridges and parents with that alias: the one named `only` (NULL: any), but none of `keep`. */
int network_sweep_bridges(const char *alias, const char *only, const struct strings *keep, struct error *error);
/*
 * From where the bridges are, one more interface for the network namespace of the process (a pidfd), in which the caller
 * is afterwards.
 */
int network_connect(int process, const struct endpoint_step *step, struct error *error);
/* Enters a process's network namespace, takes an interface away, and sets the default routes that hold from then on. */
int network_disconnect(int process, const char *name, const char *route_name, const struct strings *gateways,
		       struct error *error);
/* Removes a bridge, or any other interface of the caller's network namespace; missing is fine. */
int network_remove_interface(const char *name, struct error *error);
/* lo up, in the caller's network namespace. */
int network_loopback_up(struct error *error);
/*
 * Leaves the calling process in the container's network namespace, which its children inherit. It must be in the one
 * with the bridges before. Nothing is ever deleted: interfaces go with the namespace.
 */
int network_enter(const struct launch_plan *plan, struct error *error);

#endif
