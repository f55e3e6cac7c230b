/* Published ports: listening sockets of the host, and a process that carries their traffic into the container. */
#ifndef BERTH_PORTS_H
#define BERTH_PORTS_H

#include "address.h"
#include "plan.h"

#include <stdatomic.h>

/* Where a published port leads, shared between the monitor, which may change it, and the forwarder. */
struct port_target {
	atomic_uint version;
	union address address;
};

/*
 * Opens every listener in the caller's network namespace; real port numbers go to `host_ports`. One that is tied to its
 * forerunner and of a family that the host lacks is left out: -1, and port 0.
 */
int ports_listen(const struct port_step *steps, uint32_t count, int *listeners, uint16_t *host_ports,
		 struct error *error);
/* Forwards until killed, connecting from the caller's network namespace. */
_Noreturn void ports_forward(const struct port_step *steps, uint32_t count, const int *listeners,
			     struct port_target *targets);
/* NULL with `error` set. Never given back: they live as long as the monitor. */
struct port_target *ports_make_targets(const struct port_step *steps, uint32_t count, struct error *error);
void port_target_read(struct port_target *target, union address *address);
/* New connections of all ports of that address's family go there; -1 when it is no address. */
int ports_retarget(struct port_target *targets, const struct port_step *steps, uint32_t count, const char *text);

#endif
