#include "ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "address.h"

int address_make(const char *text, uint16_t port, union address *address)
{
	memset(address, 0, sizeof *address);
	if (!strchr(text, ':')) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(port);
		return inet_pton(AF_INET, *text ? text : "0.0.0.0", &address->v4.sin_addr) == 1 ? 0 : -1;
	}
	address->v6.sin6_family = AF_INET6;
	address->v6.sin6_port = htons(port);
	return inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1 ? 0 : -1;
}

socklen_t address_size(const union address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

static int listen_one(const struct port_step *step, uint16_t *host_port, struct error *error)
{
	union address address;
	int one = 1;
	if (address_make(step->host_address, step->host_port, &address) < 0)
		return fail_plain(error, FAIL_INTERNAL, "not an address: %.60s", step->host_address);
	autoclose int fd = socket(address.any.sa_family,
				  (step->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(error, FAIL_INTERNAL, "making a socket");
	/* The two families are published apart, as Docker does. TCP: a port is free as soon as its container is gone. */
	if ((address.any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0) ||
	    (!step->udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0))
		return fail(error, FAIL_INTERNAL, "preparing a socket");
	if (bind(fd, &address.any, address_size(&address)) < 0 || (!step->udp && listen(fd, 4096) < 0)) {
		enum failure kind = errno == EADDRINUSE || errno == EACCES || errno == EADDRNOTAVAIL ? FAIL_PORT_IN_USE
												  : FAIL_INTERNAL;
		return fail(error, kind, "listening on %.60s:%u/%s", step->host_address, step->host_port,
			    step->udp ? "udp" : "tcp");
	}
	socklen_t size = sizeof address;
	if (getsockname(fd, &address.any, &size) < 0)
		return fail(error, FAIL_INTERNAL, "reading a socket's address");
	*host_port = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
	return take_fd(&fd);
}

int ports_listen(const struct port_step *steps, uint32_t count, int *listeners, uint16_t *host_ports,
		 struct error *error)
{
	for (uint32_t i = 0; i < count; i++) {
		listeners[i] = listen_one(&steps[i], &host_ports[i], error);
		if (listeners[i] >= 0)
			continue;
		while (i > 0)
			close(listeners[--i]);
		return -1;
	}
	return 0;
}
