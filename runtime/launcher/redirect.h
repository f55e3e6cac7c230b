/* One address translation in a container's network namespace, by nf_tables' netlink (linux/netfilter/nf_tables.h). */
#ifndef BERTH_REDIRECT_H
#define BERTH_REDIRECT_H

#include "common.h"

/*
 * What the container's processes send to port 53 of 127.0.0.11 goes to these ports there instead, so that port 53 stays
 * free for a name server of the container's own. In the caller's network namespace; -1 with errno when it cannot be had.
 */
int redirect_names(uint16_t udp_port, uint16_t tcp_port);

#endif
