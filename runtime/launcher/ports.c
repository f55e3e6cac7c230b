#include "ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>


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

/* -1 with errno when the address cannot be listened on. */
static int open_listener(const struct port_step *step, union address *address)
{
	int one = 1;
	autoclose int fd = socket(address->any.sa_family,
				  (step->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* The two families are published apart, as Docker does. TCP: a port is free as soon as its container is gone. */
	if ((address->any.sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) < 0) ||
	    (!step->udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0))
		return -1;
	if (bind(fd, &address->any, address_size(address)) < 0 || (!step->udp && listen(fd, 4096) < 0))
		return -1;
	socklen_t size = sizeof *address;
	if (getsockname(fd, &address->any, &size) < 0)
		return -1;
	return take_fd(&fd);
}

static void close_all(int *listeners, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		close_fd(&listeners[i]);
}

/* A step and those tied to it, on one port number (0: as the kernel gives it). */
static int listen_group(const struct port_step *steps, uint32_t count, uint16_t port, int *listeners,
			uint16_t *host_ports, struct error *error)
{
	for (uint32_t i = 0; i < count; i++) {
		union address address;
		listeners[i] = -1;
		host_ports[i] = 0;
		if (address_make(steps[i].host_address, port, &address) < 0)
			return fail_plain(error, FAIL_INTERNAL, "not an address: %.60s", steps[i].host_address);
		listeners[i] = open_listener(&steps[i], &address);
		if (listeners[i] < 0) {
			/* A host without the other address family has nothing to publish there. */
			if (i > 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
				continue;
			enum failure kind = errno == EADDRINUSE || errno == EACCES || errno == EADDRNOTAVAIL ?
						    FAIL_PORT_IN_USE :
						    FAIL_INTERNAL;
			fail(error, kind, "listening on %.60s:%u/%s", steps[i].host_address, port,
			     steps[i].udp ? "udp" : "tcp");
			close_all(listeners, i);
			return -1;
		}
		port = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
		host_ports[i] = port;
	}
	return 0;
}

/* So often the kernel may give a port of which the other family's twin is taken. */
#define RANDOM_ATTEMPTS 32

static int listen_in_range(const struct port_step *steps, uint32_t count, int *listeners, uint16_t *host_ports,
			   struct error *error)
{
	uint32_t first = steps->host_port, last = steps->last_host_port;
	uint32_t attempts = first == 0 ? RANDOM_ATTEMPTS : last >= first ? last - first + 1 : 1;
	for (uint32_t i = 0; i < attempts; i++) {
		uint16_t port = (uint16_t)(first == 0 ? 0 : first + i);
		if (listen_group(steps, count, port, listeners, host_ports, error) == 0)
			return 0;
		if (error->errno_ != EADDRINUSE)
			return -1;
	}
	return -1;
}

int ports_listen(const struct port_step *steps, uint32_t count, int *listeners, uint16_t *host_ports,
		 struct error *error)
{
	for (uint32_t i = 0; i < count;) {
		uint32_t group = 1;
		while (i + group < count && steps[i + group].tied)
			group++;
		if (listen_in_range(&steps[i], group, &listeners[i], &host_ports[i], error) < 0) {
			close_all(listeners, i);
			return -1;
		}
		i += group;
	}
	return 0;
}

struct port_target *ports_make_targets(const struct port_step *steps, uint32_t count, struct error *error)
{
	struct port_target *targets = mmap(NULL, (count + 1) * sizeof *targets, PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (targets == MAP_FAILED) {
		fail(error, FAIL_INTERNAL, "memory for ports");
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		if (address_make(steps[i].container_address, steps[i].container_port, &targets[i].address) < 0) {
			fail_plain(error, FAIL_INTERNAL, "not an address: %.60s", steps[i].container_address);
			return NULL;
		}
	return targets;
}

void port_target_read(struct port_target *target, union address *address)
{
	for (;;) {
		unsigned before = atomic_load_explicit(&target->version, memory_order_acquire);
		memcpy(address, &target->address, sizeof *address);
		atomic_thread_fence(memory_order_acquire);
		if (before % 2 == 0 && atomic_load_explicit(&target->version, memory_order_relaxed) == before)
			return;
	}
}

int ports_retarget(struct port_target *targets, const struct port_step *steps, uint32_t count, const char *text)
{
	for (uint32_t i = 0; i < count; i++) {
		union address address;
		if (address_make(text, steps[i].container_port, &address) < 0)
			return -1;
		if (address.any.sa_family != targets[i].address.any.sa_family)
			continue;
		/* Odd while it is written: a reader tries again. The monitor is the only writer. */
		atomic_fetch_add(&targets[i].version, 1);
		targets[i].address = address;
		atomic_fetch_add(&targets[i].version, 1);
	}
	return 0;
}
