/* The plans of types.ts as the launcher holds them. Strings and byte strings point into the request frame. */
#ifndef BERTH_PLAN_H
#define BERTH_PLAN_H

#include "log.h"
#include "proto.h"

enum namespace_kind { NAMESPACE_NEW = 0, NAMESPACE_HOST = 1, NAMESPACE_PROCESS = 2 };

struct namespace_source {
	enum namespace_kind kind;
	pid_t pid;
	uint64_t start_time;
};

struct mount_step {
	const char *type;
	const char *source;
	const char *destination;
	bool readonly, nosuid, nodev, noexec, recursive;
	uint8_t propagation; /* 0 private, 1 slave, 2 shared; +16 recursive; on the wire +32 and +64 for the next two */
	bool readonly_top_only;
	bool source_without_links; /* Of a bind: no symbolic link may be on the way to it. */
	/* Options of the filesystem; of a bind, the path below its source. */
	const char *data;
	/* Of another filesystem: the path in it of what is mounted; '' for all of it. */
	const char *part;
	int made; /* Of `mounts_make_outside`, attached nowhere; -1 for others. */
};

struct device_step {
	const char *path;
	char type;
	uint32_t major, minor, mode, uid, gid;
	const char *source; /* the host's node */
};

struct rlimit_step {
	uint32_t resource;
	uint64_t soft, hard;
};

struct process_plan {
	struct strings args;
	struct strings env;
	const char *cwd;
	const char *user;
	struct strings additional_groups;
	uint64_t bounding, effective, permitted, inheritable, ambient;
	bool no_new_privileges;
	/* Of AppArmor; '' for what the launcher itself has. */
	const char *apparmor_profile;
	/* Of SELinux: what it runs as, '' for what the launcher itself has; and what is made for it, '' for what the kernel gives. */
	const char *selinux_label, *mount_label;
	const uint8_t *seccomp;
	uint32_t seccomp_size;
	struct rlimit_step *rlimits;
	uint32_t rlimit_count;
	bool has_oom_score_adj;
	int32_t oom_score_adj;
	uint32_t umask;
	bool tty, open_stdin, stdin_once;
	bool has_console_size;
	uint16_t rows, columns;
};

struct cgroup_write {
	const char *file;
	const char *value;
	bool required;
};

struct cgroup_step {
	const char *path;
	struct cgroup_write *writes;
	uint32_t write_count;
	bool unified, freezer;
	const uint8_t *device_program;
	uint32_t device_program_size;
};

struct port_step {
	bool udp;
	const char *host_address;
	uint16_t host_port;
	const char *container_address;
	uint16_t container_port;
	uint16_t last_host_port;
	bool tied;
};

struct sysctl_step {
	const char *name;
	const char *value;
};

struct sysctls {
	struct sysctl_step *items;
	uint32_t count;
};

/* How an interface is joined to that of the host: by a pair whose other end is a port of a bridge, or as one more of it. */
enum link_kind { LINK_VETH, LINK_MACVLAN, LINK_IPVLAN };

struct endpoint_step {
	const char *bridge; /* or the parent */
	const char *interface_name;
	const char *host_interface_name;
	struct strings addresses;
	const char *mac_address;
	struct strings gateways;
	uint32_t mtu;
	enum link_kind kind;
	uint32_t link_mode, link_flags; /* of one more: linux/if_link.h */
	bool isolated;
	struct sysctls sysctls;
};

struct launch_plan {
	const char *id;
	const char *state_directory;
	const char *socket_path;
	bool has_log;
	const char *log_path;
	struct log_rotation log_rotation;
	bool durable_exit;
	bool init;
	struct process_plan process;
	struct strings lower;
	const char *upper;
	const char *work;
	bool root_volatile, root_readonly;
	struct mount_step *mounts;
	uint32_t mount_count;
	struct device_step *devices;
	uint32_t device_count;
	struct strings masked_paths;
	struct strings readonly_paths;
	struct namespace_source pid, ipc, uts, cgroup;
	const char *hostname;
	const char *domainname;
	struct sysctls sysctls;
	struct cgroup_step *cgroups;
	uint32_t cgroup_count;
	struct namespace_source network;
	struct endpoint_step *endpoints;
	uint32_t endpoint_count;
	struct port_step *ports;
	uint32_t port_count;
	struct sysctls network_sysctls;
	const char *resolver;
	/* Another OCI runtime's program; '' when the launcher is the runtime. */
	const char *runtime;
	/* Its config.json in three parts: the user's object comes before the second, a HOME of the environment before the third. */
	struct strings runtime_config;
};

struct exec_plan {
	const char *id;
	const char *socket_path;
	pid_t target;
	uint64_t target_start_time;
	struct process_plan process;
	struct cgroup_step *cgroups;
	uint32_t cgroup_count;
	/* The filter permits what comes between birth and execve: see child_give_birth(). */
	bool restrict_before_birth;
};

struct cgroup_step *decode_cgroups(struct reader *reader, uint32_t *count);
struct mount_step *decode_mount_steps(struct reader *reader, uint32_t *count);
void decode_endpoint(struct reader *reader, struct endpoint_step *step);
int decode_launch_plan(struct reader *reader, struct launch_plan *plan, struct error *error);
int decode_exec_plan(struct reader *reader, struct exec_plan *plan, struct error *error);

#endif
