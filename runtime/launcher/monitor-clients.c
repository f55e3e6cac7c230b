#include "monitor-state.h"
#include "runtime.h"
#include "ports.h"
#include "rootless.h"

#include "crash.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void clients_accept(struct monitor *monitor)
{
	for (;;) {
		int fd = accept4(monitor->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		struct ucred peer;
		socklen_t size = sizeof peer;
		struct client *client = NULL;
		/* Root may always; otherwise only the user that the engine runs as. */
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == 0 || peer.uid == getuid()))
			client = client_new(fd);
		if (!client) {
			close(fd);
			continue;
		}
		client->next = monitor->clients;
		monitor->clients = client;
	}
}

void build_created(struct monitor *monitor, struct builder *builder)
{
	build_start(builder, ANSWER_CREATED);
	build_u32(builder, (uint32_t)monitor->spawned.pid);
	build_u64(builder, monitor->start_time);
	build_u64(builder, monitor->started_at);
	build_u32(builder, monitor->port_count);
	for (uint32_t i = 0; i < monitor->port_count; i++)
		build_u16(builder, monitor->host_ports[i]);
	build_warnings(builder, &monitor->warnings);
	build_u64(builder, monitor->firewall);
}

static void reply(struct client *client, int result, const struct error *error)
{
	struct builder builder;
	if (result < 0)
		build_error(&builder, error);
	else
		build_start(&builder, ANSWER_OK);
	client_send_frame(client, &builder);
}

static void refuse(struct client *client, const char *why)
{
	struct error error;
	reply(client, fail_plain(&error, FAIL_INTERNAL, "%s", why), &error);
	client->closing = true;
}

static void go(struct monitor *monitor, struct client *client)
{
	struct error error;
	struct builder builder;
	if (monitor->started_at != 0) {
		refuse(client, "the process is started already");
		return;
	}
	uint64_t now = now_ns();
	if (monitor->state_dir >= 0)
		crash_point("monitor-released");
	int gone = monitor->runtime ? runtime_start(monitor->runtime, &error)
				    : spawn_go(&monitor->spawned, &monitor->warnings, &error);
	if (gone < 0) {
		reply(client, -1, &error);
		/* The answer fits any socket buffer, so it is out; the connection's end follows it. */
		monitor_undo(monitor);
	}
	monitor->started_at = now;
	if (monitor->state_dir >= 0)
		crash_point("monitor-started");
	build_start(&builder, ANSWER_STARTED);
	build_u64(&builder, now);
	client_send_frame(client, &builder);
}

static void control(struct monitor *monitor, struct client *client, uint8_t type, struct reader *reader)
{
	struct error error;
	int result = 0;
	uint32_t number;
	const char *text;
	struct winsize size = { 0 };
	switch (type) {
	case REQUEST_GO:
		go(monitor, client);
		return;
	case REQUEST_KILL:
		number = read_u32(reader);
		if (sys_pidfd_send_signal(monitor->spawned.pidfd, (int)number) < 0)
			result = fail(&error, errno == ESRCH ? FAIL_PROCESS_GONE : FAIL_INTERNAL, "sending signal %u", number);
		/* The version 1 freezer holds a process back from dying, too. */
		else if (number == SIGKILL && monitor->paused)
			result = monitor_pause(monitor, false, &error);
		break;
	case REQUEST_RESIZE:
		size.ws_row = read_u16(reader);
		size.ws_col = read_u16(reader);
		if (monitor->spawned.master < 0)
			result = fail_plain(&error, FAIL_INTERNAL, "the process has no terminal");
		else if (ioctl(monitor->spawned.master, TIOCSWINSZ, &size) < 0)
			result = fail(&error, FAIL_INTERNAL, "setting the terminal's size");
		break;
	case REQUEST_PAUSE:
	case REQUEST_RESUME:
		result = monitor_pause(monitor, type == REQUEST_PAUSE, &error);
		break;
	case REQUEST_RETARGET:
		text = read_string(reader);
		if (ports_retarget(monitor->port_targets, monitor->ports, monitor->port_count, text) < 0)
			result = fail_plain(&error, FAIL_INTERNAL, "not an address: %.60s", text);
		break;
	default:
		refuse(client, "unknown request");
		return;
	}
	if (!reader_done(reader)) {
		refuse(client, "malformed request");
		return;
	}
	reply(client, result, &error);
}

/* For a zygote that is started again while this container runs (rootless.c). */
static void send_namespaces(struct monitor *monitor, struct client *client)
{
	autoclose int user = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	autoclose int mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	const struct zygote *zygote = monitor->zygote;
	client->closing = true;
	if (!zygote)
		return;
	int fds[NAMESPACE_FDS] = { user, mounts, zygote->bridges_fd, zygote->life_fd, zygote->death_fd };
	for (unsigned i = 0; i < COUNT_OF(fds); i++)
		if (fds[i] < 0 || send_message(client->fd, "n", 1, fds[i]) < 0)
			client->dead = true;
}

/* The first requests of a connection: who is there, and what the connection is for. */
static void introduce(struct monitor *monitor, struct client *client, uint8_t type, struct reader *reader)
{
	struct builder builder;
	if (!client->greeted) {
		uint32_t magic = read_u32(reader);
		uint16_t version = read_u16(reader);
		if (type != REQUEST_HELLO || !reader_done(reader) || magic != PROTOCOL_MAGIC || version != PROTOCOL_VERSION) {
			refuse(client, "unknown protocol version");
			return;
		}
		client->greeted = true;
		build_start(&builder, ANSWER_HELLO);
		build_u16(&builder, PROTOCOL_VERSION);
		build_u32(&builder, (uint32_t)getpid());
		client_send_frame(client, &builder);
	} else if (type == REQUEST_CONTROL && reader_done(reader)) {
		client->mode = CLIENT_CONTROL;
		build_created(monitor, &builder);
		client_send_frame(client, &builder);
	} else if (type == REQUEST_NAMESPACES && reader_done(reader)) {
		send_namespaces(monitor, client);
	} else if (type == REQUEST_ATTACH) {
		uint8_t streams = read_u8(reader);
		if (!reader_done(reader)) {
			refuse(client, "malformed request");
			return;
		}
		client->mode = CLIENT_ATTACHED;
		client->streams = streams;
		build_start(&builder, ANSWER_ATTACHED);
		client_send_frame(client, &builder);
	} else {
		refuse(client, "unknown request");
	}
}

/* Takes complete frames off the front of the input until the connection turns into a byte stream. */
static void take_frames(struct monitor *monitor, struct client *client)
{
	while (client->mode != CLIENT_ATTACHED && !client->closing && client->input_size >= FRAME_HEADER) {
		uint32_t size;
		memcpy(&size, client->input, sizeof size);
		if (size > FRAME_MAX_CONTROL) {
			refuse(client, "the request is over the limit");
			return;
		}
		if (client->input_size < FRAME_HEADER + size)
			return;
		struct reader reader;
		reader_init(&reader, client->input + FRAME_HEADER, size);
		uint8_t type = client->input[4];
		if (client->mode == CLIENT_NEW)
			introduce(monitor, client, type, &reader);
		else
			control(monitor, client, type, &reader);
		client->input_size -= FRAME_HEADER + size;
		memmove(client->input, client->input + FRAME_HEADER + size, client->input_size);
	}
}

void clients_read(struct monitor *monitor, struct client *client)
{
	bool open = client_read(client);
	take_frames(monitor, client);
	if (open)
		return;
	client->input_ended = true;
	/* Half-closed is end of file on stdin; a control connection has nothing to say after its end. */
	if (client->mode != CLIENT_ATTACHED)
		client->dead = true;
}

static void close_stdin(struct monitor *monitor, struct client *client)
{
	if (!(client->streams & ATTACH_STDIN))
		return;
	client->streams &= (uint8_t)~ATTACH_STDIN;
	if (monitor->process->stdin_once)
		close_fd(&monitor->spawned.input);
}

void clients_pump_input(struct monitor *monitor)
{
	for (struct client *client = monitor->clients; client; client = client->next) {
		if (client->mode != CLIENT_ATTACHED)
			continue;
		int target = monitor->spawned.master >= 0 ? monitor->spawned.master : monitor->spawned.input;
		/* Before GO the input waits: a process that is undone must not have swallowed any. */
		if (monitor->started_at == 0)
			return;
		if (!(client->streams & ATTACH_STDIN) || target < 0 || monitor->exited)
			client->input_size = 0;
		while (client->input_size > 0) {
			ssize_t n = RETRY(write(target, client->input, client->input_size));
			if (n < 0 && errno == EAGAIN)
				break;
			if (n < 0) {
				client->input_size = 0;
				if (target == monitor->spawned.input)
					close_fd(&monitor->spawned.input);
				break;
			}
			client->input_size -= (uint32_t)n;
			memmove(client->input, client->input + n, client->input_size);
		}
		if (client->input_ended && client->input_size == 0)
			close_stdin(monitor, client);
	}
}

void clients_output(struct monitor *monitor, uint8_t stream, const uint8_t *bytes, size_t size)
{
	uint8_t wanted = stream == STREAM_ERRORS ? ATTACH_STDERR : ATTACH_STDOUT;
	bool framed = !monitor->process->tty;
	/* Docker's header: stream type, three zeros, length in network order. */
	uint8_t header[8] = { stream, 0, 0, 0, (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
			      (uint8_t)size };
	for (struct client *client = monitor->clients; client; client = client->next) {
		if (client->mode != CLIENT_ATTACHED || !(client->streams & wanted))
			continue;
		if (framed)
			client_send(client, header, sizeof header);
		client_send(client, bytes, size);
	}
}

bool clients_block_output(const struct monitor *monitor)
{
	for (const struct client *client = monitor->clients; client; client = client->next)
		if (!client->dead && client_unread(client) >= CLIENT_BUFFER_MAX)
			return true;
	return false;
}

bool clients_sweep(struct monitor *monitor)
{
	bool keep = true;
	for (struct client **link = &monitor->clients; *link;) {
		struct client *client = *link;
		if (!client->dead && !(client->closing && client_unread(client) == 0)) {
			link = &client->next;
			continue;
		}
		*link = client->next;
		if (client->mode == CLIENT_ATTACHED)
			close_stdin(monitor, client);
		keep &= !(client->primary && monitor->started_at == 0);
		client_free(client);
	}
	return keep;
}
