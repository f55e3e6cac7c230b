/*
 * What a container's first process and an exec'd one have in common: the conversation with the monitor and the
 * security steps from the end of the set-up to execve. All of it runs in the child and is fail-stop.
 */
#ifndef BERTH_PROCESS_H
#define BERTH_PROCESS_H

#include "plan.h"
#include "user.h"

/* Messages from child to monitor on the sync socket (SOCK_SEQPACKET). Its end without a message means exec worked. */
enum report { REPORT_READY = 'R', REPORT_ERROR = 'E', REPORT_WARNING = 'W', REPORT_CONSOLE = 'C' };
struct report_message {
	uint8_t type;
	struct error error;
};
/* From monitor to child. */
#define SYNC_JOINED 'J' /* the cgroups are entered */
#define SYNC_GO 'G'     /* exec */

struct child {
	int sync;
	/* The other end, which the process is born with: while it holds it, the monitor's end is no end of the talk. */
	int monitor_end;
	/* The process's own ends of its pipes; -1 with a terminal, and for a stdin that is not wanted. */
	int input, output, errors;
	/* Host /dev/null, checked to be it. */
	int null;
	/* The process's side of its terminal, or -1. */
	int terminal;
	/* A socket, or what the launcher's init enters its profile by, that stays open beside `sync` until execve; or -1. */
	int kept;
	const struct process_plan *plan;
	struct identity identity;
};

#define CHILD_NONE \
	.sync = -1, .monitor_end = -1, .input = -1, .output = -1, .errors = -1, .null = -1, .terminal = -1, .kept = -1

_Noreturn void child_die(struct child *child, const struct error *error);
/* Dies of the error when the result is negative. */
void child_check(struct child *child, int result, const struct error *error);
void child_warn(struct child *child, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Dies of errno. */
void child_fail(struct child *child, enum failure kind, const char *what);
/* Away from what the launcher is: death signal, title, keyring. */
void child_detach(struct child *child);
/* The same and a session; waits until the monitor has put the process into its cgroups. */
void child_begin(struct child *child);
/*
 * Sets the caller's score, which what it forks inherits; `before` is what it was. Never called in a container's pid
 * namespace: while it is done other processes of the namespace could look at this one.
 */
void set_oom_score(const struct process_plan *plan, char before[16], struct warnings *warnings);
void restore_oom_score(const char *before);
/*
 * Opens a terminal from the devpts instance at `pts_fd` and sends the master to the monitor. `own_fds` is the directory
 * /proc/self/fd.
 */
void child_open_terminal(struct child *child, int pts_fd, int own_fds);
/* The standard streams, owned by the process's user; every descriptor but these, `sync` and `kept` is closed. */
void child_set_streams(struct child *child);
/* Everything from the standard streams on; `reap` runs the launcher's init as this process (pid 1). */
_Noreturn void child_finish(struct child *child, bool reap);
/*
 * The same for a go-between that is no process of the container's pid namespace: it takes on all that the process is to
 * be and makes it only then, as a sibling. So nothing in that namespace ever holds a capability that the plan does not
 * give, or is without its filter, which has to permit what comes after the birth (see permitsBirth() of the engine).
 * Returns what clone(2) does in the caller; *pidfd is the process's.
 */
pid_t child_give_birth(struct child *child, int *pidfd);
/* Restricts itself to the plan's ids, capabilities and, where it is asked for, filter. Fail-stop. */
void child_restrict(struct child *child, bool with_seccomp);
/* As root first (`last` false: it may be closed to it where the user may enter), then as the user. */
void child_set_directory(struct child *child, bool last);
/* O_RDWR descriptor of the host's null device, checked: character device 1:3. */
int open_null_device(struct error *error);

#endif
