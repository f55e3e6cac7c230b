#ifndef BERTH_ADDRESS_H
#define BERTH_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* An IPv4 or IPv6 address without a name lookup; '' is 0.0.0.0. */
int address_make(const char *text, uint16_t port, union address *address);
socklen_t address_size(const union address *address);

#endif
