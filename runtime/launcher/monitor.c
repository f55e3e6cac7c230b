#include "monitor.h"

#include "cgroup.h"
#include "crash.h"
#include "firewall.h"
#include "monitor-state.h"
#include "mount-steps.h"
#include "network.h"
#include "ports.h"
#include "resolver.h"
#include "rootless.h"
#include "runtime.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* A client that does not read what is left for it after the end is given this long. */
#define LINGER_NS 10000000000u
/* What may lie in a pipe or terminal at the end: a pipe can be enlarged to 1 MiB without privilege. */
#define DRAIN_MAX (2u << 20)

static int open_parent(const char *path, const char **name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	snprintf(parent, sizeof parent, "%.*s/", (int)(slash - path), path);
	*name = slash + 1;
	return open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_listener(struct monitor *monitor, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	strcpy(address.sun_path, monitor->socket_path);
	monitor->socket_dir = open_parent(monitor->socket_path, &monitor->socket_name);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (monitor->socket_dir < 0 || fd < 0)
		return fail(error, FAIL_INTERNAL, "making the monitor's socket");
	/* One left by a monitor that was killed: the engine starts an id only when nothing of it runs. */
	unlinkat(monitor->socket_dir, monitor->socket_name, 0);
	mode_t mask = umask(0177);
	int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (bound < 0 || listen(fd, 128) < 0)
		return fail(error, FAIL_INTERNAL, "listening on %s", monitor->socket_path);
	monitor->listener = take_fd(&fd);
	return 0;
}

static void close_listener(struct monitor *monitor)
{
	if (monitor->listener < 0)
		return;
	unlinkat(monitor->socket_dir, monitor->socket_name, 0);
	if (monitor->registry >= 0)
		unlinkat(monitor->registry, monitor->id, 0);
	close_fd(&monitor->listener);
}

static void stop_forwarder(struct monitor *monitor)
{
	if (monitor->forwarder <= 0)
		return;
	kill(monitor->forwarder, SIGKILL);
	RETRY(waitpid(monitor->forwarder, NULL, 0));
	monitor->forwarder = 0;
}

static void stop_resolver(struct monitor *monitor)
{
	if (monitor->resolver <= 0)
		return;
	kill(monitor->resolver, SIGKILL);
	RETRY(waitpid(monitor->resolver, NULL, 0));
	monitor->resolver = 0;
	close_fd(&monitor->resolver_socket);
}

/* What another runtime keeps, where it made the process. */
static void delete_by_runtime(struct monitor *monitor)
{
	if (monitor->runtime)
		runtime_delete(monitor->runtime);
	monitor->runtime = NULL;
}

/* Back to nothing. */
static void dismantle(struct monitor *monitor)
{
	spawn_undo(&monitor->spawned);
	delete_by_runtime(monitor);
	stop_forwarder(monitor);
	stop_resolver(monitor);
	close_listener(monitor);
	if (monitor->owns_cgroups)
		cgroups_remove(monitor->cgroups, monitor->cgroup_count);
}

void monitor_undo(struct monitor *monitor)
{
	dismantle(monitor);
	_exit(1);
}

static void take_output(struct monitor *monitor, int *fd, uint8_t stream, size_t most)
{
	static uint8_t buffer[32768];
	size_t taken = 0;
	while (*fd >= 0 && taken < most) {
		ssize_t n = RETRY(read(*fd, buffer, sizeof buffer));
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_fd(fd);
			return;
		}
		log_take(&monitor->log, stream, buffer, (size_t)n);
		clients_output(monitor, stream, buffer, (size_t)n);
		taken += (size_t)n;
	}
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void linger(struct monitor *monitor)
{
	uint64_t deadline = now_ns() + LINGER_NS;
	for (struct client *client = monitor->clients; client; client = client->next) {
		client->closing = true;
		client_flush(client);
	}
	while (clients_sweep(monitor), monitor->clients && now_ns() < deadline) {
		struct pollfd ready[64];
		nfds_t count = 0;
		for (struct client *client = monitor->clients; client && count < COUNT_OF(ready); client = client->next)
			ready[count++] = (struct pollfd){ .fd = client->fd, .events = POLLOUT };
		poll(ready, count, 1000);
		for (struct client *client = monitor->clients; client; client = client->next)
			client_flush(client);
	}
}

/* The process has ended: the record is on disk before anyone is told. */
static _Noreturn void finish(struct monitor *monitor)
{
	uint64_t finished_at = now_ns();
	monitor->exited = true;
	if (monitor->state_dir >= 0)
		crash_point("exit-seen");
	take_output(monitor, &monitor->spawned.output, STREAM_OUTPUT, DRAIN_MAX);
	take_output(monitor, &monitor->spawned.errors, STREAM_ERRORS, DRAIN_MAX);
	take_output(monitor, &monitor->spawned.master, STREAM_OUTPUT, DRAIN_MAX);
	bool oom = monitor->owns_cgroups && cgroups_oom_killed(monitor->cgroups, monitor->cgroup_count);
	log_finish(&monitor->log, monitor->durable_exit);
	int code = exit_code(monitor->wait_status);
	if (monitor->state_dir >= 0)
		exit_write(monitor->state_dir, code, oom, monitor->started_at, finished_at, monitor->durable_exit);
	if (monitor->state_dir >= 0)
		crash_point("exit-written");
	/* Who has connected by now is answered; who comes later finds no socket, but the record. */
	clients_accept(monitor);
	for (struct client *client = monitor->clients; client; client = client->next)
		clients_read(monitor, client);
	close_listener(monitor);
	if (monitor->state_dir >= 0)
		crash_point("exit-unlistened");
	stop_forwarder(monitor);
	stop_resolver(monitor);
	/* Before the end is told: who hears of it may start the container anew. */
	delete_by_runtime(monitor);
	struct builder builder;
	build_start(&builder, ANSWER_EXIT);
	build_u8(&builder, (uint8_t)code);
	build_u8(&builder, oom);
	build_u64(&builder, monitor->started_at);
	build_u64(&builder, finished_at);
	for (struct client *client = monitor->clients; client; client = client->next)
		if (client->mode == CLIENT_CONTROL)
			client_send_frame(client, &builder);
	if (monitor->owns_cgroups)
		cgroups_remove(monitor->cgroups, monitor->cgroup_count);
	if (monitor->state_dir >= 0)
		crash_point("exit-uncgrouped");
	linger(monitor);
	_exit(0);
}

static bool check_exit(struct monitor *monitor)
{
	return waitpid(monitor->spawned.pid, &monitor->wait_status, WNOHANG) == monitor->spawned.pid;
}

#define FIXED_POLLS 5

static void step(struct monitor *monitor, struct pollfd *polls, nfds_t count)
{
	bool blocked = clients_block_output(monitor);
	bool terminal = monitor->spawned.master >= 0;
	int input = terminal ? monitor->spawned.master : monitor->spawned.input;
	short wants_input = 0;
	nfds_t used = FIXED_POLLS;
	for (struct client *client = monitor->clients; client && used < count; client = client->next) {
		bool waiting = client->mode == CLIENT_ATTACHED && client->input_size > 0;
		if (waiting && monitor->started_at != 0)
			wants_input = POLLOUT;
		polls[used++] = (struct pollfd){
			.fd = client->fd,
			.events = (short)((client->input_ended || waiting ? 0 : POLLIN) |
					  (client_unread(client) > 0 ? POLLOUT : 0)),
		};
	}
	polls[0] = (struct pollfd){ .fd = monitor->listener, .events = POLLIN };
	polls[1] = (struct pollfd){ .fd = monitor->spawned.pidfd, .events = POLLIN };
	polls[2] = (struct pollfd){ .fd = blocked ? -1 : monitor->spawned.output, .events = POLLIN };
	polls[3] = (struct pollfd){ .fd = blocked ? -1 : monitor->spawned.errors, .events = POLLIN };
	short terminal_events = (short)((terminal && !blocked ? POLLIN : 0) | wants_input);
	polls[4] = (struct pollfd){ .fd = terminal_events ? input : -1, .events = terminal_events };
	if (poll(polls, used, -1) < 0)
		return;
	size_t most = 4 * LOG_LINE_MAX;
	if (polls[2].revents)
		take_output(monitor, &monitor->spawned.output, STREAM_OUTPUT, most);
	if (polls[3].revents)
		take_output(monitor, &monitor->spawned.errors, STREAM_ERRORS, most);
	if (terminal && polls[4].revents & (POLLIN | POLLHUP | POLLERR))
		take_output(monitor, &monitor->spawned.master, STREAM_OUTPUT, most);
	if (!terminal && polls[4].revents & POLLERR)
		close_fd(&monitor->spawned.input);
	nfds_t at = FIXED_POLLS;
	for (struct client *client = monitor->clients; client && at < used; client = client->next, at++) {
		if (polls[at].revents & (POLLERR | POLLHUP) && client->input_ended)
			client->dead = true;
		if (polls[at].revents & (POLLIN | POLLHUP | POLLERR) && !client->input_ended)
			clients_read(monitor, client);
		if (polls[at].revents & POLLOUT)
			client_flush(client);
	}
	clients_pump_input(monitor);
	log_flush(&monitor->log);
	if (!clients_sweep(monitor))
		monitor_undo(monitor);
	if (polls[0].revents)
		clients_accept(monitor);
	if (polls[1].revents && check_exit(monitor)) {
		if (monitor->started_at == 0)
			monitor_undo(monitor);
		finish(monitor);
	}
}

static _Noreturn void run(struct monitor *monitor, int connection)
{
	struct client *client = client_new(connection);
	if (!client)
		monitor_undo(monitor);
	fcntl(connection, F_SETFL, O_NONBLOCK);
	client->greeted = true;
	client->primary = true;
	client->mode = CLIENT_CONTROL;
	monitor->clients = client;
	monitor->start_time = process_start_time(monitor->spawned.pid);
	struct builder builder;
	build_created(monitor, &builder);
	client_send_frame(client, &builder);
	struct pollfd *polls = NULL;
	nfds_t room = 0;
	for (;;) {
		nfds_t count = FIXED_POLLS;
		for (client = monitor->clients; client; client = client->next)
			count++;
		if (count > room) {
			struct pollfd *grown = realloc(polls, (count + 8) * sizeof *polls);
			if (grown) {
				polls = grown;
				room = count + 8;
			} else if (room == 0) {
				monitor_undo(monitor);
			}
		}
		step(monitor, polls, room);
	}
}

/* Its own session, so that no terminal's signals and no group kill of the engine reach it. */
static void detach(void)
{
	setsid();
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2 };
	for (unsigned i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "berth-monitor");
}

static struct monitor *new_monitor(void)
{
	/* Static and zero: the log's buffers are 100 KiB of which an idle container touches none. */
	static struct monitor monitor;
	monitor.state_dir = monitor.socket_dir = monitor.listener = monitor.log.fd = monitor.log.directory = -1;
	monitor.registry = monitor.resolver_socket = -1;
	monitor.spawned = (struct spawned)SPAWNED_NONE;
	return &monitor;
}

static _Noreturn void give_up(struct monitor *monitor, int connection, const struct error *error)
{
	dismantle(monitor);
	/* Mounts that were made already are gone with their descriptors, when the client hears of it. */
	close_range((unsigned)connection + 1, ~0u, 0);
	if (connection > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)connection - 1, 0);
	answer_error(connection, error);
	/* GO may be on its way already: a client that cannot send it any more would not read why. */
	shutdown(connection, SHUT_WR);
	leave_drained(connection);
}

/* Listeners of the host first, so that a taken port is known before anything is made. */
static int publish_ports(struct monitor *monitor, const struct launch_plan *plan, int bridges_fd, int connection,
			 struct error *error)
{
	autofree int *listeners = calloc(plan->port_count + 1, sizeof *listeners);
	monitor->host_ports = calloc(plan->port_count + 1, sizeof *monitor->host_ports);
	if (!listeners || !monitor->host_ports)
		return fail(error, FAIL_INTERNAL, "memory for ports");
	monitor->port_targets = ports_make_targets(plan->ports, plan->port_count, error);
	monitor->ports = plan->ports;
	if (!monitor->port_targets)
		return -1;
	if (ports_listen(plan->ports, plan->port_count, listeners, monitor->host_ports, error) < 0)
		return -1;
	monitor->port_count = plan->port_count;
	/* A host network stays as it is: no bridge is needed for it, and the way back may be closed. */
	if (plan->network.kind != NAMESPACE_HOST && bridges_fd >= 0 && setns(bridges_fd, CLONE_NEWNET) < 0)
		return fail(error, FAIL_INTERNAL, "entering the bridges' network namespace");
	if (plan->port_count == 0)
		return 0;
	pid_t parent = getpid();
	monitor->forwarder = fork();
	if (monitor->forwarder < 0)
		return fail(error, FAIL_INTERNAL, "forking the port forwarder");
	if (monitor->forwarder == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(1);
		prctl(PR_SET_NAME, "berth-ports");
		close(connection);
		ports_forward(plan->ports, plan->port_count, listeners, monitor->port_targets);
	}
	for (uint32_t i = 0; i < plan->port_count; i++)
		close_fd(&listeners[i]);
	return 0;
}

/* Before the way back to the host's network namespace is closed. */
static int fork_resolver(struct monitor *monitor, const struct launch_plan *plan, struct error *error)
{
	if (!*plan->resolver)
		return 0;
	monitor->resolver = resolver_fork(plan->resolver, &monitor->resolver_socket, error);
	return monitor->resolver < 0 ? -1 : 0;
}

/* In the container's network namespace. */
static int settle_resolver(struct monitor *monitor, struct error *error)
{
	if (monitor->resolver <= 0)
		return 0;
	autoclose int namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return fail(error, FAIL_INTERNAL, "opening the network namespace");
	return resolver_settle(monitor->resolver_socket, namespace, false, error);
}

static int enroll(struct monitor *monitor, const struct zygote *zygote, struct error *error)
{
	if (!zygote->rootless)
		return 0;
	monitor->zygote = zygote;
	monitor->registry = rootless_open_registry(zygote->run_dir);
	if (monitor->registry < 0)
		return fail(error, FAIL_INTERNAL, "opening the list of monitors");
	unlinkat(monitor->registry, monitor->id, 0);
	return symlinkat(monitor->socket_path, monitor->registry, monitor->id) < 0
		       ? fail(error, FAIL_INTERNAL, "entering the list of monitors")
		       : 0;
}

void monitor_launch(int connection, const struct launch_plan *plan, const struct zygote *zygote)
{
	struct error error;
	struct monitor *monitor = new_monitor();
	detach();
	monitor->id = plan->id;
	monitor->process = &plan->process;
	monitor->socket_path = plan->socket_path;
	monitor->durable_exit = plan->durable_exit;
	monitor->cgroups = plan->cgroups;
	monitor->state_dir = open(plan->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (monitor->state_dir < 0) {
		fail(&error, FAIL_INTERNAL, "opening %.150s", plan->state_directory);
		give_up(monitor, connection, &error);
	}
	crash_point("monitor-born");
	/* The record of an earlier run must not be taken for this one's. */
	if (unlinkat(monitor->state_dir, "exit", 0) < 0 && errno != ENOENT) {
		fail(&error, FAIL_INTERNAL, "removing the last exit record");
		give_up(monitor, connection, &error);
	}
	if (exit_reserve(monitor->state_dir) < 0) {
		fail(&error, FAIL_INTERNAL, "reserving space for the exit record");
		give_up(monitor, connection, &error);
	}
	crash_point("monitor-reserved");
	if (fork_resolver(monitor, plan, &error) < 0 ||
	    publish_ports(monitor, plan, zygote->bridges_fd, connection, &error) < 0)
		give_up(monitor, connection, &error);
	crash_point("monitor-ports");
	if ((plan->has_log && log_open(&monitor->log, plan->log_path, &plan->log_rotation, &error) < 0) ||
	    open_listener(monitor, &error) < 0 || enroll(monitor, zygote, &error) < 0)
		give_up(monitor, connection, &error);
	crash_point("monitor-listening");
	/* An ordinary user's bridges are in a namespace where nobody else makes rules. */
	if (plan->endpoint_count > 0 && !zygote->rootless)
		monitor->firewall = firewall_stamp();
	if (mounts_make_outside(plan, &error) < 0 || network_enter(plan, &error) < 0 ||
	    settle_resolver(monitor, &error) < 0)
		give_up(monitor, connection, &error);
	crash_point("monitor-networked");
	if (cgroups_make(plan->cgroups, plan->cgroup_count, &monitor->warnings, &error) < 0)
		give_up(monitor, connection, &error);
	crash_point("monitor-cgroups");
	monitor->owns_cgroups = true;
	monitor->cgroup_count = plan->cgroup_count;
	int made = plan->runtime[0] ? runtime_create(plan, &monitor->spawned, &monitor->warnings, &error)
				    : spawn_container(plan, &monitor->spawned, &monitor->warnings, &error);
	if (made < 0)
		give_up(monitor, connection, &error);
	mounts_close_outside(plan);
	monitor->runtime = plan->runtime[0] ? plan : NULL;
	crash_point("monitor-spawned");
	run(monitor, connection);
}

void monitor_exec(int connection, const struct exec_plan *plan)
{
	struct error error;
	struct monitor *monitor = new_monitor();
	detach();
	monitor->process = &plan->process;
	monitor->socket_path = plan->socket_path;
	monitor->cgroups = plan->cgroups;
	monitor->cgroup_count = plan->cgroup_count;
	if (open_listener(monitor, &error) < 0)
		give_up(monitor, connection, &error);
	crash_point("exec-listening");
	if (spawn_exec(plan, &monitor->spawned, &monitor->warnings, &error) < 0)
		give_up(monitor, connection, &error);
	crash_point("exec-spawned");
	run(monitor, connection);
}
