/* Shared by the monitor's files: the one container it looks after. */
#ifndef BERTH_MONITOR_STATE_H
#define BERTH_MONITOR_STATE_H

#include "clients.h"
#include "log.h"
#include "plan.h"
#include "spawn.h"
#include "zygote.h"

struct monitor {
	const struct process_plan *process;
	const char *socket_path;
	const struct cgroup_step *cgroups;
	uint32_t cgroup_count;
	/* The cgroups are the container's own, to be removed with it (not so for an exec). */
	bool owns_cgroups;
	bool durable_exit;
	int state_dir; /* where `exit` is written, or -1 for an exec */
	int socket_dir;
	const char *socket_name;
	int listener;
	/* Rootless: where a restarted zygote finds this monitor, and whose descriptors it holds for it. */
	int registry;
	const char *id;
	const struct zygote *zygote;
	/* The plan of a container whose process another runtime has made; else NULL. */
	const struct launch_plan *runtime;
	pid_t forwarder;
	/* Answers names; -1 or 0 when there is none. */
	pid_t resolver;
	int resolver_socket;
	uint16_t *host_ports;
	const struct port_step *ports;
	struct port_target *port_targets;
	uint32_t port_count;
	struct spawned spawned;
	uint64_t start_time; /* of the process, clock ticks since boot */
	uint64_t started_at; /* ns since the epoch, 0 before GO */
	struct warnings warnings;
	/* Of the host, when the container was put on its networks; 0 for an ordinary user's engine. See firewall.h. */
	uint64_t firewall;
	struct client *clients;
	bool stdin_claimed; /* a client that brought stdin has attached */
	bool paused;
	bool exited;
	int wait_status;
	struct log log;
};

/* monitor-clients.c */
void clients_accept(struct monitor *monitor);
void clients_read(struct monitor *monitor, struct client *client);
void clients_output(struct monitor *monitor, uint8_t stream, const uint8_t *bytes, size_t size);
/* Moves input of attached clients to the process. */
void clients_pump_input(struct monitor *monitor);
bool clients_block_output(const struct monitor *monitor);
/* Frees the dead; false when the start must be undone because its connection went away before GO. */
bool clients_sweep(struct monitor *monitor);
void build_created(struct monitor *monitor, struct builder *builder);

/* pause.c */
int monitor_pause(struct monitor *monitor, bool frozen, struct error *error);

/* exit.c */
/* Takes the record's space at the start: a disk that is full at the end must not cost the exit code. */
int exit_reserve(int state_dir);
int exit_write(int state_dir, int code, bool oom, uint64_t started_at, uint64_t finished_at, bool durable);

/* monitor.c */
_Noreturn void monitor_undo(struct monitor *monitor);

#endif
