#include "plan.h"

#include <sys/un.h>

static struct namespace_source decode_namespace(struct reader *reader)
{
	struct namespace_source source = { .kind = read_u8(reader) };
	if (source.kind == NAMESPACE_PROCESS) {
		source.pid = (pid_t)read_u32(reader);
		source.start_time = read_u64(reader);
	} else if (source.kind > NAMESPACE_PROCESS) {
		reader->bad = true;
	}
	return source;
}

static void decode_process(struct reader *reader, struct process_plan *process)
{
	process->args = read_strings(reader);
	process->env = read_strings(reader);
	process->cwd = read_string(reader);
	process->user = read_string(reader);
	process->additional_groups = read_strings(reader);
	process->bounding = read_u64(reader);
	process->effective = read_u64(reader);
	process->permitted = read_u64(reader);
	process->inheritable = read_u64(reader);
	process->ambient = read_u64(reader);
	process->no_new_privileges = read_bool(reader);
	process->apparmor_profile = read_string(reader);
	process->selinux_label = read_string(reader);
	process->mount_label = read_string(reader);
	process->seccomp = read_bytes(reader, &process->seccomp_size);
	process->rlimits = read_array(reader, &process->rlimit_count, sizeof *process->rlimits);
	for (uint32_t i = 0; i < process->rlimit_count; i++) {
		process->rlimits[i].resource = read_u32(reader);
		process->rlimits[i].soft = read_u64(reader);
		process->rlimits[i].hard = read_u64(reader);
	}
	process->has_oom_score_adj = read_bool(reader);
	process->oom_score_adj = (int32_t)read_u32(reader);
	process->umask = read_u32(reader);
	process->tty = read_bool(reader);
	process->open_stdin = read_bool(reader);
	process->stdin_once = read_bool(reader);
	process->has_console_size = read_bool(reader);
	process->rows = read_u16(reader);
	process->columns = read_u16(reader);
}

struct cgroup_step *decode_cgroups(struct reader *reader, uint32_t *count)
{
	struct cgroup_step *steps = read_array(reader, count, sizeof *steps);
	for (uint32_t i = 0; i < *count; i++) {
		steps[i].path = read_string(reader);
		steps[i].writes = read_array(reader, &steps[i].write_count, sizeof *steps[i].writes);
		for (uint32_t k = 0; k < steps[i].write_count; k++) {
			steps[i].writes[k].file = read_string(reader);
			steps[i].writes[k].value = read_string(reader);
			steps[i].writes[k].required = read_bool(reader);
		}
		steps[i].unified = read_bool(reader);
		steps[i].freezer = read_bool(reader);
		steps[i].device_program = read_bytes(reader, &steps[i].device_program_size);
	}
	return steps;
}

static struct sysctls decode_sysctls(struct reader *reader)
{
	struct sysctls sysctls;
	sysctls.items = read_array(reader, &sysctls.count, sizeof *sysctls.items);
	for (uint32_t i = 0; i < sysctls.count; i++) {
		sysctls.items[i].name = read_string(reader);
		sysctls.items[i].value = read_string(reader);
	}
	return sysctls;
}

struct mount_step *decode_mount_steps(struct reader *reader, uint32_t *count)
{
	struct mount_step *steps = read_array(reader, count, sizeof *steps);
	for (uint32_t i = 0; i < *count; i++) {
		struct mount_step *step = &steps[i];
		step->made = -1;
		step->type = read_string(reader);
		step->source = read_string(reader);
		step->destination = read_string(reader);
		step->readonly = read_bool(reader);
		step->nosuid = read_bool(reader);
		step->nodev = read_bool(reader);
		step->noexec = read_bool(reader);
		step->recursive = read_bool(reader);
		step->propagation = read_u8(reader);
		step->readonly_top_only = step->propagation & 32;
		step->source_without_links = step->propagation & 64;
		step->propagation &= (uint8_t) ~(32u | 64u);
		if ((step->propagation & 15) > 2 || step->propagation > 18)
			reader->bad = true;
		step->data = read_string(reader);
		step->part = read_string(reader);
	}
	return steps;
}

static void decode_mounts(struct reader *reader, struct launch_plan *plan)
{
	plan->mounts = decode_mount_steps(reader, &plan->mount_count);
	plan->devices = read_array(reader, &plan->device_count, sizeof *plan->devices);
	for (uint32_t i = 0; i < plan->device_count; i++) {
		struct device_step *step = &plan->devices[i];
		step->path = read_string(reader);
		step->type = (char)read_u8(reader);
		if (step->type != 'c' && step->type != 'b')
			reader->bad = true;
		step->major = read_u32(reader);
		step->minor = read_u32(reader);
		step->mode = read_u32(reader);
		step->uid = read_u32(reader);
		step->gid = read_u32(reader);
		step->source = read_string(reader);
	}
}

void decode_endpoint(struct reader *reader, struct endpoint_step *step)
{
	step->bridge = read_string(reader);
	step->interface_name = read_string(reader);
	step->host_interface_name = read_string(reader);
	step->addresses = read_strings(reader);
	step->mac_address = read_string(reader);
	step->gateways = read_strings(reader);
	step->mtu = read_u32(reader);
	uint8_t kind = read_u8(reader);
	if (kind > LINK_IPVLAN)
		reader->bad = true;
	step->kind = kind > LINK_IPVLAN ? LINK_VETH : (enum link_kind)kind;
	step->link_mode = read_u32(reader);
	step->link_flags = read_u32(reader);
	step->isolated = read_bool(reader);
	step->sysctls = decode_sysctls(reader);
}

static void decode_network(struct reader *reader, struct launch_plan *plan)
{
	plan->network = decode_namespace(reader);
	plan->endpoints = read_array(reader, &plan->endpoint_count, sizeof *plan->endpoints);
	for (uint32_t i = 0; i < plan->endpoint_count; i++)
		decode_endpoint(reader, &plan->endpoints[i]);
	plan->ports = read_array(reader, &plan->port_count, sizeof *plan->ports);
	for (uint32_t i = 0; i < plan->port_count; i++) {
		struct port_step *step = &plan->ports[i];
		step->udp = read_bool(reader);
		step->host_address = read_string(reader);
		step->host_port = read_u16(reader);
		step->container_address = read_string(reader);
		step->container_port = read_u16(reader);
		step->last_host_port = read_u16(reader);
		step->tied = read_bool(reader);
	}
	plan->network_sysctls = decode_sysctls(reader);
	plan->resolver = read_string(reader);
}

/* It may come between quotes. */
static bool is_label(const char *label)
{
	return strpbrk(label, "\"\\\n") == NULL && strlen(label) < PATH_MAX / 2;
}

static int check_common(const char *id, const char *socket_path, const struct process_plan *process,
			struct error *error)
{
	if (strlen(id) != 64 || strspn(id, "0123456789abcdef") != 64)
		return fail_plain(error, FAIL_INTERNAL, "the plan's id is not 64 hexadecimal digits");
	if (socket_path[0] != '/' || strlen(socket_path) >= sizeof((struct sockaddr_un){ 0 }.sun_path))
		return fail_plain(error, FAIL_INTERNAL, "the socket path must be absolute and at most 107 bytes: %s",
				  socket_path);
	if (!is_label(process->selinux_label) || !is_label(process->mount_label))
		return fail_plain(error, FAIL_BAD_LABEL, "invalid SELinux label: \"%.80s\"", process->selinux_label);
	if (process->args.count == 0 || process->args.items[0][0] == '\0')
		return fail_plain(error, FAIL_COMMAND_NOT_FOUND, "no command specified");
	if (process->cwd[0] != '/')
		return fail_plain(error, FAIL_BAD_CWD, "the working directory must be absolute: \"%s\"", process->cwd);
	return 0;
}

int decode_launch_plan(struct reader *reader, struct launch_plan *plan, struct error *error)
{
	*plan = (struct launch_plan){ 0 };
	plan->id = read_string(reader);
	plan->state_directory = read_string(reader);
	plan->socket_path = read_string(reader);
	plan->has_log = read_bool(reader);
	plan->log_path = read_string(reader);
	plan->durable_exit = read_bool(reader);
	plan->init = read_bool(reader);
	decode_process(reader, &plan->process);
	plan->lower = read_strings(reader);
	plan->upper = read_string(reader);
	plan->work = read_string(reader);
	plan->root_volatile = read_bool(reader);
	plan->root_readonly = read_bool(reader);
	decode_mounts(reader, plan);
	plan->masked_paths = read_strings(reader);
	plan->readonly_paths = read_strings(reader);
	plan->pid = decode_namespace(reader);
	plan->ipc = decode_namespace(reader);
	plan->uts = decode_namespace(reader);
	plan->cgroup = decode_namespace(reader);
	plan->hostname = read_string(reader);
	plan->domainname = read_string(reader);
	plan->sysctls = decode_sysctls(reader);
	plan->cgroups = decode_cgroups(reader, &plan->cgroup_count);
	decode_network(reader, plan);
	plan->log_rotation.max_size = read_u64(reader);
	plan->log_rotation.max_files = read_u32(reader);
	plan->runtime = read_string(reader);
	plan->runtime_config = read_strings(reader);
	if (!reader_done(reader) || (plan->runtime[0] && (plan->runtime[0] != '/' || plan->runtime_config.count != 3)))
		return fail_plain(error, FAIL_INTERNAL, "the launch plan is malformed");
	if (plan->lower.count == 0)
		return fail_plain(error, FAIL_BAD_MOUNT, "the root filesystem has no layer");
	return check_common(plan->id, plan->socket_path, &plan->process, error);
}

int decode_exec_plan(struct reader *reader, struct exec_plan *plan, struct error *error)
{
	*plan = (struct exec_plan){ 0 };
	plan->id = read_string(reader);
	plan->socket_path = read_string(reader);
	plan->target = (pid_t)read_u32(reader);
	plan->target_start_time = read_u64(reader);
	decode_process(reader, &plan->process);
	plan->cgroups = decode_cgroups(reader, &plan->cgroup_count);
	plan->restrict_before_birth = read_bool(reader);
	if (!reader_done(reader))
		return fail_plain(error, FAIL_INTERNAL, "the exec plan is malformed");
	return check_common(plan->id, plan->socket_path, &plan->process, error);
}
