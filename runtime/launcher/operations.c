#include "operations.h"

#include "cgroup.h"
#include "crash.h"
#include "firewall.h"
#include "helper.h"
#include "layer.h"
#include "monitor.h"
#include "network.h"
#include "paths.h"
#include "plan.h"
#include "proto.h"
#include "resolver.h"
#include "storage.h"
#include "tree.h"

#include <linux/magic.h>
#include <sched.h>
#include <signal.h>

static int greet(const struct zygote *zygote, int connection, struct error *error)
{
	struct frame frame;
	if (frame_read(connection, &frame, FRAME_MAX_CONTROL, error) < 0)
		return -1;
	struct reader reader;
	reader_init(&reader, frame.payload, frame.size);
	uint32_t magic = read_u32(&reader);
	uint16_t version = read_u16(&reader);
	bool known = frame.type == REQUEST_HELLO && reader_done(&reader) && magic == PROTOCOL_MAGIC &&
		     version == PROTOCOL_VERSION;
	frame_free(&frame);
	if (!known)
		return fail_plain(error, FAIL_INTERNAL, "unknown protocol version");
	struct builder builder;
	build_start(&builder, ANSWER_HELLO);
	build_u16(&builder, PROTOCOL_VERSION);
	build_u32(&builder, (uint32_t)zygote->pid);
	build_u8(&builder, zygote->rootless);
	build_u32(&builder, zygote->mapped_ids);
	build_string(&builder, zygote->build);
	return answer_send(connection, &builder) < 0 ? fail(error, FAIL_INTERNAL, "answering") : 0;
}

static int malformed(struct error *error)
{
	return fail_plain(error, FAIL_INTERNAL, "malformed request");
}

static int remove_tree(struct reader *reader, struct error *error)
{
	const char *path = read_string(reader);
	return reader_done(reader) ? tree_remove(path, error) : malformed(error);
}

static int make_directory(struct reader *reader, struct error *error)
{
	const char *path = read_string(reader);
	uint32_t mode = read_u32(reader);
	return reader_done(reader) ? tree_make_directory(path, mode & 07777, error) : malformed(error);
}

static int apply_layer(const struct zygote *zygote, int connection, struct reader *reader, struct error *error)
{
	const char *destination = read_string(reader);
	struct strings parents = read_strings(reader);
	if (!reader_done(reader))
		return malformed(error);
	layer_apply(zygote, connection, destination, &parents);
}

static int spread_subdirectories(struct reader *reader, struct error *error)
{
	struct strings paths = read_strings(reader);
	if (!reader_done(reader))
		return malformed(error);
	tree_spread(&paths);
	return 0;
}

/* What a monitor that was killed has left. Only directories of a cgroup filesystem, and never its root, go. */
static int remove_cgroups(struct reader *reader, struct error *error)
{
	struct strings paths = read_strings(reader);
	if (!reader_done(reader))
		return malformed(error);
	for (uint32_t i = 0; i < paths.count; i++) {
		autoclose int fd = open(paths.items[i], O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ENOENT)
			continue;
		autoclose int above = fd < 0 ? -1 : openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		unsigned long magic = on_filesystem(fd, CGROUP2_SUPER_MAGIC) ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
		if (above < 0 || !on_filesystem(fd, magic) || !on_filesystem(above, magic))
			return fail_plain(error, FAIL_INTERNAL, "not a cgroup that may be removed: %.150s", paths.items[i]);
		struct cgroup_step step = { .path = paths.items[i] };
		cgroups_remove(&step, 1);
	}
	return 0;
}

static int update_cgroups(struct reader *reader, struct error *error)
{
	uint32_t count;
	struct cgroup_step *steps = decode_cgroups(reader, &count);
	return reader_done(reader) ? cgroups_update(steps, count, error) : malformed(error);
}

static int enter_bridges(const struct zygote *zygote, struct error *error)
{
	if (zygote->bridges_fd >= 0 && setns(zygote->bridges_fd, CLONE_NEWNET) < 0)
		return fail(error, FAIL_INTERNAL, "entering the bridges' network namespace");
	return 0;
}

static int ensure_bridge(const struct zygote *zygote, struct reader *reader, struct error *error)
{
	const char *name = read_string(reader);
	struct strings addresses = read_strings(reader);
	uint32_t mtu = read_u32(reader);
	const char *alias = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	return enter_bridges(zygote, error) < 0 ? -1 : network_ensure_bridge(name, &addresses, mtu, alias, error);
}

static int ensure_parent(const struct zygote *zygote, struct reader *reader, struct error *error)
{
	const char *name = read_string(reader);
	const char *master = read_string(reader);
	uint32_t vlan = read_u32(reader);
	const char *alias = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	return enter_bridges(zygote, error) < 0 ? -1 : network_ensure_parent(name, master, vlan, alias, error);
}

static int sweep_bridges(const struct zygote *zygote, struct reader *reader, struct error *error)
{
	const char *alias = read_string(reader);
	struct strings keep = read_strings(reader);
	if (!reader_done(reader))
		return malformed(error);
	return enter_bridges(zygote, error) < 0 ? -1 : network_sweep_bridges(alias, NULL, &keep, error);
}

static int remove_own_bridge(const struct zygote *zygote, struct reader *reader, struct error *error)
{
	struct strings none = { 0 };
	const char *name = read_string(reader);
	const char *alias = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	return enter_bridges(zygote, error) < 0 ? -1 : network_sweep_bridges(alias, name, &none, error);
}

static int connect_endpoint(const struct zygote *zygote, struct reader *reader, struct error *error)
{
	struct endpoint_step step;
	pid_t pid = (pid_t)read_u32(reader);
	uint64_t start_time = read_u64(reader);
	decode_endpoint(reader, &step);
	if (!reader_done(reader))
		return malformed(error);
	autoclose int process = open_process(pid, start_time, error);
	if (process < 0 || enter_bridges(zygote, error) < 0)
		return -1;
	return network_connect(process, &step, error);
}

static int disconnect_endpoint(struct reader *reader, struct error *error)
{
	pid_t pid = (pid_t)read_u32(reader);
	uint64_t start_time = read_u64(reader);
	const char *name = read_string(reader);
	const char *route_name = read_string(reader);
	struct strings gateways = read_strings(reader);
	if (!reader_done(reader))
		return malformed(error);
	autoclose int process = open_process(pid, start_time, error);
	return process < 0 ? -1 : network_disconnect(process, name, route_name, &gateways, error);
}

static int remove_interface(const struct zygote *zygote, struct reader *reader, struct error *error)
{
	const char *name = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	return enter_bridges(zygote, error) < 0 ? -1 : network_remove_interface(name, error);
}

/* It outlives this worker, and ends with the process. */
static int start_resolver(struct reader *reader, struct error *error)
{
	pid_t pid = (pid_t)read_u32(reader);
	uint64_t start_time = read_u64(reader);
	const char *table = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	autoclose int process = open_process(pid, start_time, error);
	autoclose int socket = -1;
	if (process < 0 || resolver_fork(table, &socket, error) < 0)
		return -1;
	return resolver_settle(socket, process, true, error);
}

static int run_helper(const struct zygote *zygote, int connection, struct reader *reader, struct error *error)
{
	struct strings argv = read_strings(reader);
	const char *input = read_string(reader);
	if (!reader_done(reader) || argv.count == 0)
		return malformed(error);
	struct helper_result result;
	if (zygote->life_fd >= 0)
		helper_adopt_daemons();
	if (helper_run(&argv, input, zygote->bridges_fd, &result, error) < 0)
		return -1;
	struct builder builder;
	build_start(&builder, ANSWER_HELPER);
	build_u8(&builder, result.exit_code);
	build_string(&builder, result.output);
	build_u64(&builder, zygote->rootless ? 0 : firewall_stamp());
	answer_send(connection, &builder);
	if (zygote->life_fd >= 0) {
		close(zygote->life_fd);
		close(zygote->bridges_fd);
		close(connection);
		helper_guard_daemons(zygote->death_fd);
	}
	_exit(0);
}

/* Operations that answer with OK or an error; the others answer for themselves. */
static int operate(const struct zygote *zygote, int connection, const struct frame *frame, struct reader *reader,
		   struct error *error)
{
	/* The plans live as long as the monitor, which is this very process. */
	static struct launch_plan launch;
	static struct exec_plan exec;
	switch (frame->type) {
	case REQUEST_LAUNCH:
		if (decode_launch_plan(reader, &launch, error) < 0)
			return -1;
		monitor_launch(connection, &launch, zygote);
	case REQUEST_EXEC:
		if (decode_exec_plan(reader, &exec, error) < 0)
			return -1;
		monitor_exec(connection, &exec);
	case REQUEST_APPLY_LAYER:
		return apply_layer(zygote, connection, reader, error);
	case REQUEST_REMOVE_TREE:
		return remove_tree(reader, error);
	case REQUEST_MAKE_DIRECTORY:
		return make_directory(reader, error);
	case REQUEST_SPREAD_SUBDIRECTORIES:
		return spread_subdirectories(reader, error);
	case REQUEST_REMOVE_CGROUPS:
		return remove_cgroups(reader, error);
	case REQUEST_UPDATE_CGROUPS:
		return update_cgroups(reader, error);
	case REQUEST_ENSURE_BRIDGE:
		return ensure_bridge(zygote, reader, error);
	case REQUEST_ENSURE_PARENT:
		return ensure_parent(zygote, reader, error);
	case REQUEST_REMOVE_INTERFACE:
		return remove_interface(zygote, reader, error);
	case REQUEST_SWEEP_BRIDGES:
		return sweep_bridges(zygote, reader, error);
	case REQUEST_REMOVE_OWN_BRIDGE:
		return remove_own_bridge(zygote, reader, error);
	case REQUEST_CONNECT_ENDPOINT:
		return connect_endpoint(zygote, reader, error);
	case REQUEST_DISCONNECT_ENDPOINT:
		return disconnect_endpoint(reader, error);
	case REQUEST_START_RESOLVER:
		return start_resolver(reader, error);
	case REQUEST_RUN_HELPER:
		return run_helper(zygote, connection, reader, error);
	case REQUEST_SHUTDOWN:
		kill(zygote->pid, SIGTERM);
		return 0;
	}
	return fail_plain(error, FAIL_INTERNAL, "unknown request %u", frame->type);
}

void worker_run(const struct zygote *zygote, int connection)
{
	struct error error = { 0 };
	struct frame frame;
	/* A client that connects to see whether anyone is there sends nothing more: no answer is due. */
	if (greet(zygote, connection, &error) < 0 || frame_read(connection, &frame, FRAME_MAX, &error) < 0) {
		if (error.errno_ != EPIPE)
			answer_error(connection, &error);
		_exit(0);
	}
	crash_point("worker-asked");
	struct reader reader;
	reader_init(&reader, frame.payload, frame.size);
	if (storage_serve(zygote, connection, &frame, &reader))
		_exit(0);
	if (operate(zygote, connection, &frame, &reader, &error) < 0)
		answer_error(connection, &error);
	else
		answer_ok(connection);
	reader_free(&reader);
	frame_free(&frame);
	_exit(0);
}
