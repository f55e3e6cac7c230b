/*
 * The resolver of one container. Its main thread is in the container's network namespace, where it listens and asks the
 * servers of --dns; a second thread stays in the host's, only to make the sockets on which the host's own servers are
 * asked (127.0.0.53 is one of them). It holds no capabilities, writes nothing (confine.h), and reads nothing but its
 * tables and the host's resolv.conf.
 */
#include "resolver.h"

#include "address.h"
#include "confine.h"
#include "redirect.h"
#include "resolver-parts.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };
	return (int)syscall(SYS_capset, &header, none);
}

/* ------------------------------------------------------------------------------- sockets of the host's namespace */

static int maker_end;

struct socket_order {
	int family, type;
};

/* The thread's. Descriptors are shared: their number is all there is to hand over. */
static void *make_sockets(void *end)
{
	int fd = *(int *)end;
	struct socket_order order;
	if (drop_capabilities() < 0)
		return NULL;
	confine_files(false);
	while (read_full(fd, &order, sizeof order) == 0) {
		int made = socket(order.family, order.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (write_full(fd, &made, sizeof made) < 0)
			break;
	}
	return NULL;
}

int resolver_socket(bool host, int family, int type)
{
	struct socket_order order = { family, type };
	int made = -1;
	if (!host)
		return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (write_full(maker_end, &order, sizeof order) < 0 || read_full(maker_end, &made, sizeof made) < 0)
		return -1;
	return made;
}

static int start_maker(void)
{
	static int ends[2];
	pthread_attr_t attributes;
	pthread_t thread;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	maker_end = ends[0];
	/* It calls nothing deep. */
	if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, 256 * 1024) != 0 ||
	    pthread_create(&thread, &attributes, make_sockets, &ends[1]) != 0)
		return -1;
	return 0;
}

/* ------------------------------------------------------------------------------------------------- upstream */

/* The host's servers, read again when its file was replaced. */
static size_t host_servers(union address servers[NAMES_SERVERS_MAX])
{
	static union address known[NAMES_SERVERS_MAX];
	static size_t count;
	static struct stat seen;
	struct stat now;
	if (stat("/etc/resolv.conf", &now) == 0 &&
	    (now.st_ino != seen.st_ino || now.st_mtim.tv_sec != seen.st_mtim.tv_sec ||
	     now.st_mtim.tv_nsec != seen.st_mtim.tv_nsec || now.st_size != seen.st_size)) {
		char text[8192], *rest = NULL;
		autoclose int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : RETRY(read(fd, text, sizeof text - 1));
		seen = now;
		count = 0;
		text[n > 0 ? n : 0] = '\0';
		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			char server[64];
			if (count < NAMES_SERVERS_MAX && sscanf(line, " nameserver %63s", server) == 1 &&
			    address_make(server, 53, &known[count]) == 0)
				count++;
		}
	}
	memcpy(servers, known, sizeof known);
	return count;
}

size_t resolver_servers(const struct names *names, union address servers[NAMES_SERVERS_MAX])
{
	size_t count = 0;
	if (names->host)
		return host_servers(servers);
	for (size_t i = 0; i < names->server_count; i++)
		count += address_make(names->servers[i], 53, &servers[count]) == 0;
	return count;
}

/* ------------------------------------------------------------------------------------------------- answers */

static size_t answer_addresses(const uint8_t *query, const struct dns_question *question, const struct name_address *found,
			       size_t count, size_t limit, uint8_t *out)
{
	/* One for each family: clients ask for both, one after the other. */
	static unsigned turns[2];
	struct dns_record records[NAMES_ANSWERS_MAX];
	size_t used = 0;
	/* Another one comes first each time. */
	unsigned turn = turns[question->type == DNS_AAAA]++;
	for (size_t i = 0; i < count; i++) {
		const struct name_address *address = &found[(i + turn) % count];
		uint16_t type = address->family == AF_INET ? DNS_A : DNS_AAAA;
		if (question->type != type && question->type != DNS_ANY)
			continue;
		records[used].type = type;
		records[used].name = NULL;
		memcpy(records[used++].bytes, address->bytes, sizeof address->bytes);
	}
	return dns_build_answer(query, question, DNS_NOERROR, records, used, limit, out);
}

size_t resolver_answer(const struct names *names, const uint8_t *query, const struct dns_question *question, size_t limit,
		       uint8_t *out)
{
	struct name_address found[NAMES_ANSWERS_MAX];
	struct dns_record pointer = { .type = DNS_PTR };
	size_t count;
	/* Class IN; the others have no names of ours. */
	if (question->class != 1 || !*question->name)
		return 0;
	/* A name that is ours is nobody else's: what it has not got of a type is answered with nothing. */
	if (names_find(names, question->name, found, &count))
		return answer_addresses(query, question, found, count, limit, out);
	if (question->type != DNS_PTR)
		return 0;
	size_t size = dns_reverse_address(question->name, pointer.bytes);
	pointer.name = size > 0 ? names_reverse(names, pointer.bytes, size) : NULL;
	return pointer.name ? dns_build_answer(query, question, DNS_NOERROR, &pointer, 1, limit, out) : 0;
}

uint64_t resolver_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------------------------------------- life */

static int listen_at(int type, uint16_t port)
{
	union address address;
	int one = 1;
	autoclose int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || address_make("127.0.0.11", port, &address) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
	    bind(fd, &address.any, address_size(&address)) < 0 || (type == SOCK_STREAM && listen(fd, 128) < 0))
		return -1;
	return take_fd(&fd);
}

static uint16_t port_of(int fd)
{
	union address address;
	socklen_t size = sizeof address;
	return getsockname(fd, &address.any, &size) < 0 ? 0 : ntohs(address.v4.sin_port);
}

/*
 * On ports of the kernel's choice, to which port 53 is redirected: the container may want to serve names itself. On a
 * kernel without nf_tables port 53 is taken.
 */
static int listen_for_names(int *datagrams, int *streams, struct error *error)
{
	*datagrams = listen_at(SOCK_DGRAM, 0);
	*streams = listen_at(SOCK_STREAM, 0);
	if (*datagrams >= 0 && *streams >= 0 && redirect_names(port_of(*datagrams), port_of(*streams)) == 0)
		return 0;
	close_fd(datagrams);
	close_fd(streams);
	*datagrams = listen_at(SOCK_DGRAM, 53);
	*streams = *datagrams < 0 ? -1 : listen_at(SOCK_STREAM, 53);
	return *streams < 0 ? fail(error, FAIL_INTERNAL, "listening at 127.0.0.11") : 0;
}

/* In the new process: everything of the launcher's is let go of. */
static _Noreturn void run(const char *table, int sync)
{
	struct error error = { 0 };
	char follow = 0;
	int namespace = -1;
	static struct names names;
	prctl(PR_SET_NAME, "berth-names");
	signal(SIGPIPE, SIG_IGN);
	/* Of what the launcher had open nothing must live on in here. */
	if (dup3(sync, 3, O_CLOEXEC) < 0 && sync != 3)
		_exit(1);
	close_range(4, ~0u, 0);
	sync = 3;
	names_init(&names, table);
	if (start_maker() < 0)
		fail(&error, FAIL_INTERNAL, "starting the resolver");
	else if (receive_message(sync, &follow, 1, &namespace) != 1 || namespace < 0)
		_exit(0);
	else if (setns(namespace, CLONE_NEWNET) < 0)
		fail(&error, FAIL_INTERNAL, "entering the container's network namespace");
	int datagrams = -1, streams = -1;
	if (error.errno_ == 0 && listen_for_names(&datagrams, &streams, &error) == 0) {
		confine_files(true);
		if (drop_capabilities() < 0 || confine_calls() < 0)
			fail(&error, FAIL_INTERNAL, "dropping privileges");
	}
	if (send_message(sync, &error, sizeof error, -1) < 0 || error.errno_ != 0)
		_exit(1);
	/* With the monitor, by the end of its socket; else with the process, by its pidfd. */
	int watched = follow ? namespace : sync;
	close_fd(follow ? &sync : &namespace);
	resolver_serve(&names, datagrams, streams, watched);
}

pid_t resolver_fork(const char *table, int *socket, struct error *error)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(error, FAIL_INTERNAL, "making a socket pair");
	pid_t pid = fork();
	if (pid == 0)
		run(table, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return fail(error, FAIL_INTERNAL, "forking the resolver");
	}
	*socket = ends[0];
	return pid;
}

int resolver_settle(int socket, int namespace, bool follow, struct error *error)
{
	struct error inner = { 0 };
	char word = follow ? 1 : 0;
	int none = -1;
	if (send_message(socket, &word, 1, namespace) < 0 ||
	    receive_message(socket, &inner, sizeof inner, &none) != sizeof inner)
		return fail_plain(error, FAIL_INTERNAL, "the resolver did not start");
	if (inner.errno_ == 0)
		return 0;
	*error = inner;
	return -1;
}
