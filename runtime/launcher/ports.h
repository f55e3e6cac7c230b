/* Published ports: listening sockets of the host, and a process that carries their traffic into the container. */
#ifndef BERTH_PORTS_H
#define BERTH_PORTS_H

#include "plan.h"

/* Opens every listener in the caller's network namespace; real port numbers go to `host_ports`. */
int ports_listen(const struct port_step *steps, uint32_t count, int *listeners, uint16_t *host_ports,
		 struct error *error);
/* Forwards until killed, connecting from the caller's network namespace. */
_Noreturn void ports_forward(const struct port_step *steps, uint32_t count, const int *listeners);

#endif
