/*
 * The forwarder of one container: TCP by splice(2) through a pipe per direction, so that the bytes never enter this
 * process; UDP with one connected socket per peer, so that answers find their way back.
 */
#include "address.h"
#include "confine.h"
#include "ports.h"

#include <linux/capability.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

/* As dockerd's proxy: a UDP peer that was silent this long is forgotten. */
#define UDP_IDLE_SECONDS 90
/* Per published port; past it the one silent for longest makes room. */
#define UDP_PEERS_MAX 1024
#define SPLICE_CHUNK (1u << 16)

enum kind { KIND_LISTENER, KIND_TCP, KIND_UDP };

struct source {
	enum kind kind;
	struct relay *relay;
	struct peer *peer;
	struct port *port;
};

struct direction {
	int from, to;
	int pipe[2];
	size_t held; /* bytes in the pipe */
	bool ended;  /* `from` has sent its end */
	bool closed; /* and `to` was told */
};

struct relay {
	struct source source;
	struct relay *next_dead;
	struct direction directions[2]; /* client to container, container to client */
	int client, container;
	bool connected, dead;
};

struct peer {
	struct source source;
	struct peer *next;
	struct peer *next_dead;
	union address address;
	int fd;
	time_t last;
};

struct port {
	struct source source;
	const struct port_step *step;
	struct port_target *target;
	int fd;
	struct peer *peers;
	unsigned peer_count;
};

static int events_fd;
static struct relay *dead_relays;
static struct peer *dead_peers;

static time_t seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int watch(int fd, uint32_t events, struct source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	return epoll_ctl(events_fd, EPOLL_CTL_ADD, fd, &event);
}

/* ------------------------------------------------------------------------------------------------- TCP */

static void close_relay(struct relay *relay)
{
	if (relay->dead)
		return;
	relay->dead = true;
	close_fd(&relay->client);
	close_fd(&relay->container);
	for (int i = 0; i < 2; i++) {
		close_fd(&relay->directions[i].pipe[0]);
		close_fd(&relay->directions[i].pipe[1]);
	}
	/* Freed after the round: another event of it may still be in hand. */
	relay->next_dead = dead_relays;
	dead_relays = relay;
}

/* False when the connection is broken. Moves until both sides would block. */
static bool move_bytes(struct direction *direction)
{
	for (;;) {
		bool moved = false;
		if (!direction->ended && direction->held < SPLICE_CHUNK) {
			ssize_t n = splice(direction->from, NULL, direction->pipe[1], NULL, SPLICE_CHUNK - direction->held,
					   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
			if (n < 0 && errno != EAGAIN && errno != EINTR)
				return false;
			if (n == 0)
				direction->ended = true;
			if (n > 0) {
				direction->held += (size_t)n;
				moved = true;
			}
		}
		if (direction->held > 0) {
			ssize_t n = splice(direction->pipe[0], NULL, direction->to, NULL, direction->held,
					   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
			if (n < 0 && errno != EAGAIN && errno != EINTR)
				return false;
			if (n > 0) {
				direction->held -= (size_t)n;
				moved = true;
			}
		}
		if (!moved)
			break;
	}
	if (direction->ended && direction->held == 0 && !direction->closed) {
		direction->closed = true;
		shutdown(direction->to, SHUT_WR);
	}
	return true;
}

static void pump(struct relay *relay)
{
	if (!relay->connected) {
		int result = 0;
		socklen_t size = sizeof result;
		if (getsockopt(relay->container, SOL_SOCKET, SO_ERROR, &result, &size) < 0 || result != 0) {
			close_relay(relay);
			return;
		}
		union address peer;
		size = sizeof peer;
		if (getpeername(relay->container, &peer.any, &size) < 0)
			return;
		relay->connected = true;
	}
	if (!move_bytes(&relay->directions[0]) || !move_bytes(&relay->directions[1]) ||
	    (relay->directions[0].closed && relay->directions[1].closed))
		close_relay(relay);
}

static bool open_relay(struct relay *relay, const struct port *port)
{
	union address target;
	port_target_read(port->target, &target);
	relay->container = socket(target.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (relay->container < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		struct direction *direction = &relay->directions[i];
		if (pipe2(direction->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
			return false;
		direction->from = i == 0 ? relay->client : relay->container;
		direction->to = i == 0 ? relay->container : relay->client;
	}
	if (connect(relay->container, &target.any, address_size(&target)) < 0 && errno != EINPROGRESS)
		return false;
	/* Edge-triggered both ways: each event moves all there is in both directions. */
	uint32_t interest = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
	return watch(relay->client, interest, &relay->source) == 0 &&
	       watch(relay->container, interest, &relay->source) == 0;
}

static void accept_clients(struct port *port)
{
	for (;;) {
		int client = accept4(port->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (client < 0) {
			/* Out of descriptors: the listener stays readable, so give the others a moment to end. */
			if (errno == EMFILE || errno == ENFILE)
				nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
			return;
		}
		struct relay *relay = calloc(1, sizeof *relay);
		if (!relay) {
			close(client);
			return;
		}
		*relay = (struct relay){ .source = { .kind = KIND_TCP, .relay = relay }, .client = client, .container = -1 };
		for (int i = 0; i < 2; i++)
			relay->directions[i].pipe[0] = relay->directions[i].pipe[1] = -1;
		if (!open_relay(relay, port))
			close_relay(relay);
	}
}

/* ------------------------------------------------------------------------------------------------- UDP */

static void forget_peer(struct port *port, struct peer **link)
{
	struct peer *peer = *link;
	*link = peer->next;
	close_fd(&peer->fd);
	/* Freed after the round, as relays are. */
	peer->next_dead = dead_peers;
	dead_peers = peer;
	port->peer_count--;
}

static struct peer *find_peer(struct port *port, const union address *address)
{
	for (struct peer *peer = port->peers; peer; peer = peer->next)
		if (memcmp(&peer->address, address, address_size(address)) == 0)
			return peer;
	if (port->peer_count >= UDP_PEERS_MAX) {
		struct peer **oldest = &port->peers;
		for (struct peer **link = &port->peers; *link; link = &(*link)->next)
			if ((*link)->last < (*oldest)->last)
				oldest = link;
		forget_peer(port, oldest);
	}
	struct peer *peer = calloc(1, sizeof *peer);
	if (!peer)
		return NULL;
	peer->source = (struct source){ .kind = KIND_UDP, .peer = peer, .port = port };
	peer->address = *address;
	union address target;
	port_target_read(port->target, &target);
	peer->fd = socket(target.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (peer->fd < 0 || connect(peer->fd, &target.any, address_size(&target)) < 0 ||
	    watch(peer->fd, EPOLLIN, &peer->source) < 0) {
		close_fd(&peer->fd);
		free(peer);
		return NULL;
	}
	peer->next = port->peers;
	port->peers = peer;
	port->peer_count++;
	return peer;
}

static uint8_t datagram[65536];

static void receive_from_clients(struct port *port)
{
	for (int i = 0; i < 64; i++) {
		union address address = { 0 };
		socklen_t size = sizeof address;
		ssize_t n = recvfrom(port->fd, datagram, sizeof datagram, 0, &address.any, &size);
		if (n < 0)
			return;
		struct peer *peer = find_peer(port, &address);
		if (!peer)
			continue;
		peer->last = seconds();
		/* A datagram that cannot go is lost, as on any network. */
		send(peer->fd, datagram, (size_t)n, MSG_NOSIGNAL);
	}
}

static void receive_from_container(struct peer *peer)
{
	for (int i = 0; i < 64 && peer->fd >= 0; i++) {
		ssize_t n = recv(peer->fd, datagram, sizeof datagram, 0);
		if (n < 0)
			return;
		peer->last = seconds();
		sendto(peer->source.port->fd, datagram, (size_t)n, MSG_NOSIGNAL, &peer->address.any,
		       address_size(&peer->address));
	}
}

static void forget_idle(struct port *ports, uint32_t count)
{
	time_t limit = seconds() - UDP_IDLE_SECONDS;
	for (uint32_t i = 0; i < count; i++)
		for (struct peer **link = &ports[i].peers; *link;)
			if ((*link)->last < limit)
				forget_peer(&ports[i], link);
			else
				link = &(*link)->next;
}

/* ------------------------------------------------------------------------------------------------- */

/* It only moves bytes: what it could do beyond that is given up. */
static void drop_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (syscall(SYS_capset, &header, none) < 0)
		_exit(1);
	confine_files(false);
	if (confine_calls() < 0)
		_exit(1);
}

static void serve(struct source *source)
{
	switch (source->kind) {
	case KIND_LISTENER:
		if (source->port->step->udp)
			receive_from_clients(source->port);
		else
			accept_clients(source->port);
		break;
	case KIND_TCP:
		if (!source->relay->dead)
			pump(source->relay);
		break;
	case KIND_UDP:
		receive_from_container(source->peer);
		break;
	}
}

void ports_forward(const struct port_step *steps, uint32_t count, const int *listeners,
		   struct port_target *targets)
{
	events_fd = epoll_create1(EPOLL_CLOEXEC);
	struct port *ports = calloc(count, sizeof *ports);
	if (events_fd < 0 || !ports)
		_exit(1);
	for (uint32_t i = 0; i < count; i++) {
		struct port *port = &ports[i];
		port->source = (struct source){ .kind = KIND_LISTENER, .port = port };
		port->step = &steps[i];
		port->fd = listeners[i];
		port->target = &targets[i];
		if (port->fd >= 0 && watch(port->fd, EPOLLIN, &port->source) < 0)
			_exit(1);
	}
	drop_privileges();
	time_t swept = seconds();
	for (;;) {
		struct epoll_event ready[64];
		int n = epoll_wait(events_fd, ready, COUNT_OF(ready), 10000);
		for (int i = 0; i < n; i++)
			serve(ready[i].data.ptr);
		while (dead_relays) {
			struct relay *relay = dead_relays;
			dead_relays = relay->next_dead;
			free(relay);
		}
		while (dead_peers) {
			struct peer *peer = dead_peers;
			dead_peers = peer->next_dead;
			free(peer);
		}
		if (seconds() - swept >= 10) {
			forget_idle(ports, count);
			swept = seconds();
		}
	}
}
