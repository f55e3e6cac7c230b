#include "process.h"

#include "lsm.h"
#include "paths.h"
#include "reaper.h"
#include "title.h"

#include <linux/keyctl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* Where the sync socket sits once everything else is closed. */
#define SYNC_FD 3
/* And what is kept beside it. */
#define KEPT_FD 4

static void report(struct child *child, enum report type, const struct error *error, int fd)
{
	struct report_message message = { .type = (uint8_t)type };
	if (error)
		message.error = *error;
	/* A monitor that is gone cannot be told, and the death signal ends this process. */
	if (send_message(child->sync, &message, sizeof message, fd) < 0)
		_exit(125);
}

void child_die(struct child *child, const struct error *error)
{
	report(child, REPORT_ERROR, error, -1);
	_exit(125);
}

void child_check(struct child *child, int result, const struct error *error)
{
	if (result < 0)
		child_die(child, error);
}

void child_warn(struct child *child, const char *format, ...)
{
	struct error error = { .kind = FAIL_INTERNAL };
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error.msg, sizeof error.msg, format, arguments);
	va_end(arguments);
	report(child, REPORT_WARNING, &error, -1);
}

void child_fail(struct child *child, enum failure kind, const char *what)
{
	struct error error = { 0 };
	fail(&error, kind, "%s", what);
	child_die(child, &error);
}

static void await(struct child *child, char wanted)
{
	char got = 0;
	int fd;
	ssize_t n = receive_message(child->sync, &got, sizeof got, &fd);
	if (n != sizeof got || got != wanted)
		_exit(125);
}

#define OOM_SCORE "/proc/self/oom_score_adj"

/* In a user namespace the files of a process that is not dumpable belong to nobody in there: it is, for a moment. */
static int write_oom_score(const char *text)
{
	bool hidden = prctl(PR_GET_DUMPABLE) != 1;
	if (hidden)
		prctl(PR_SET_DUMPABLE, 1);
	int result = write_value_at(AT_FDCWD, OOM_SCORE, text);
	int saved = errno;
	if (hidden)
		prctl(PR_SET_DUMPABLE, 0);
	errno = saved;
	return result;
}

int open_null_device(struct error *error)
{
	autoclose int fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return fail(error, FAIL_INTERNAL, "opening /dev/null");
	if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(1, 3))
		return fail_plain(error, FAIL_INTERNAL, "/dev/null is not the null device");
	return take_fd(&fd);
}

/* Lowering takes CAP_SYS_RESOURCE, which the engine may not have. */
void set_oom_score(const struct process_plan *plan, char before[16], struct warnings *warnings)
{
	char text[16];
	snprintf(text, sizeof text, "%d", plan->has_oom_score_adj ? plan->oom_score_adj : 0);
	if (read_small_at(AT_FDCWD, OOM_SCORE, before, 16) < 0)
		before[0] = '\0';
	before[strcspn(before, "\n")] = '\0';
	if (write_oom_score(text) < 0 && plan->has_oom_score_adj)
		warn_add(warnings, "oom_score_adj could not be set to %s: %s", text, strerrordesc_np(errno));
}

void restore_oom_score(const char *before)
{
	if (before[0])
		write_oom_score(before);
}

/* The monitor's death must undo the start, however it dies. One that died before this is seen by await(). */
static void die_with_monitor(struct child *child)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		child_fail(child, FAIL_INTERNAL, "setting the death signal");
}

static void make_session(struct child *child)
{
	if (setsid() < 0)
		child_fail(child, FAIL_INTERNAL, "making a session");
}

void child_detach(struct child *child)
{
	die_with_monitor(child);
	close_fd(&child->monitor_end);
	umask(0);
	title_set("berth-launcher", &(struct strings){ 0 });
	/* Without a keyring of its own it would hold the engine's session keyring. Absent in some kernels. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

void child_begin(struct child *child)
{
	lsm_label_keys(child->plan);
	child_detach(child);
	make_session(child);
	await(child, SYNC_JOINED);
}

/* The node beside /dev/pts, if it is the one that makes terminals: what was looked at is what is opened. */
static int open_terminal_node(int pts_fd, int own_fds)
{
	struct stat info;
	char found[16];
	autoclose int node = openat(pts_fd, "../ptmx", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (node < 0 || fstat(node, &info) < 0)
		return -1;
	if (!S_ISCHR(info.st_mode) || info.st_rdev != makedev(5, 2)) {
		errno = ENODEV;
		return -1;
	}
	snprintf(found, sizeof found, "%d", node);
	return openat(own_fds, found, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

void child_open_terminal(struct child *child, int pts_fd, int own_fds)
{
	struct error error;
	if (!on_filesystem(pts_fd, DEVPTS_SUPER_MAGIC)) {
		fail_plain(&error, FAIL_INTERNAL, "/dev/pts in the container is not a devpts");
		child_die(child, &error);
	}
	autoclose int master = openat(pts_fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
	/* Of the host's, in a /dev of the caller's: it lets nobody in, and the node beside it everybody. */
	if (master < 0 && errno == EACCES)
		master = open_terminal_node(pts_fd, own_fds);
	int unlock = 0;
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		child_fail(child, FAIL_INTERNAL, "opening a terminal");
	/* By the master and not by name: a name in /dev/pts can be swapped for another. */
	child->terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (child->terminal < 0)
		child_fail(child, FAIL_INTERNAL, "opening the terminal's other side");
	if (child->plan->has_console_size) {
		struct winsize size = { .ws_row = child->plan->rows, .ws_col = child->plan->columns };
		if (ioctl(master, TIOCSWINSZ, &size) < 0)
			child_fail(child, FAIL_INTERNAL, "setting the terminal's size");
	}
	report(child, REPORT_CONSOLE, NULL, master);
}

void child_set_streams(struct child *child)
{
	int wanted[3];
	if (child->terminal >= 0) {
		for (int i = 0; i < 3; i++)
			wanted[i] = child->terminal;
	} else {
		wanted[0] = child->input >= 0 ? child->input : child->null;
		wanted[1] = child->output;
		wanted[2] = child->errors;
	}
	/* Out of the way of the two places that sockets are moved to. */
	if (child->kept >= 0 && (child->kept = fcntl(child->kept, F_DUPFD_CLOEXEC, KEPT_FD + 1)) < 0)
		child_fail(child, FAIL_INTERNAL, "moving what is kept");
	for (int i = 0; i < 3; i++) {
		/* So that a process that is not root can reopen its streams by /dev/stdout and the like. */
		if (wanted[i] != child->null && fchown(wanted[i], child->identity.uid, (gid_t)-1) < 0 &&
		    errno != EINVAL && errno != EPERM)
			child_fail(child, FAIL_INTERNAL, "giving the streams to the user");
	}
	for (int i = 0; i < 3; i++) {
		/* The monitor keeps 0 to 2 taken, so none of the sources can be one of the targets. */
		if (dup2(wanted[i], i) < 0)
			child_fail(child, FAIL_INTERNAL, "setting the standard streams");
	}
	if (child->sync != SYNC_FD) {
		if (dup3(child->sync, SYNC_FD, O_CLOEXEC) < 0)
			child_fail(child, FAIL_INTERNAL, "moving the sync socket");
		child->sync = SYNC_FD;
	}
	if (child->kept >= 0) {
		if (dup3(child->kept, KEPT_FD, O_CLOEXEC) < 0)
			child_fail(child, FAIL_INTERNAL, "moving a socket");
		child->kept = KEPT_FD;
	}
	if (close_range((child->kept >= 0 ? KEPT_FD : SYNC_FD) + 1, ~0u, 0) < 0)
		child_fail(child, FAIL_INTERNAL, "closing descriptors");
}

/* As the leader of a session, after child_set_streams(). */
static void take_terminal(struct child *child)
{
	if (child->terminal >= 0 && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)
		child_fail(child, FAIL_INTERNAL, "making the terminal the controlling one");
}

static void set_rlimit(struct child *child, const struct rlimit_step *step)
{
	struct rlimit limit = { .rlim_cur = step->soft, .rlim_max = step->hard }, present;
	if (setrlimit((int)step->resource, &limit) == 0)
		return;
	if (errno != EPERM || getrlimit((int)step->resource, &present) < 0)
		child_fail(child, FAIL_INTERNAL, "setting a resource limit");
	limit.rlim_max = limit.rlim_max < present.rlim_max ? limit.rlim_max : present.rlim_max;
	limit.rlim_cur = limit.rlim_cur < limit.rlim_max ? limit.rlim_cur : limit.rlim_max;
	if (setrlimit((int)step->resource, &limit) < 0)
		child_fail(child, FAIL_INTERNAL, "setting a resource limit");
	child_warn(child, "resource limit %u was lowered to %llu, the most this host permits", step->resource,
		   (unsigned long long)limit.rlim_max);
}

static void set_rlimits(struct child *child)
{
	for (uint32_t i = 0; i < child->plan->rlimit_count; i++)
		set_rlimit(child, &child->plan->rlimits[i]);
}

/* A go-between makes one process more than the user is to have, and has one more file open than it is to have. */
static bool binds_go_between(const struct rlimit_step *step)
{
	return step->resource == RLIMIT_NPROC || step->resource == RLIMIT_NOFILE;
}

/* Those that would bind it are only lowered afterwards, for which nobody needs a capability, so they are raised here. */
static void set_rlimits_before_birth(struct child *child)
{
	for (uint32_t i = 0; i < child->plan->rlimit_count; i++) {
		const struct rlimit_step *step = &child->plan->rlimits[i];
		struct rlimit limit;
		if (!binds_go_between(step)) {
			set_rlimit(child, step);
			continue;
		}
		if (getrlimit((int)step->resource, &limit) < 0)
			child_fail(child, FAIL_INTERNAL, "reading a resource limit");
		if (limit.rlim_max < step->hard)
			limit.rlim_max = step->hard;
		limit.rlim_cur = limit.rlim_max;
		/* What the host does not permit, the process itself is warned of. */
		if (setrlimit((int)step->resource, &limit) < 0 && errno != EPERM)
			child_fail(child, FAIL_INTERNAL, "raising a resource limit");
	}
}

static void set_rlimits_after_birth(struct child *child)
{
	for (uint32_t i = 0; i < child->plan->rlimit_count; i++)
		if (binds_go_between(&child->plan->rlimits[i]))
			set_rlimit(child, &child->plan->rlimits[i]);
}

/* The plan's environment with HOME when it has none. */
static char **environment(struct child *child, char home[PATH_MAX + 8])
{
	const struct strings *env = &child->plan->env;
	char **list = calloc((size_t)env->count + 2, sizeof *list);
	if (!list)
		child_fail(child, FAIL_INTERNAL, "memory for the environment");
	bool has_home = false;
	uint32_t count = 0;
	for (uint32_t i = 0; i < env->count; i++) {
		/* An empty one is none. */
		if (!strcmp(env->items[i], "HOME="))
			continue;
		list[count++] = (char *)env->items[i];
		has_home |= !strncmp(env->items[i], "HOME=", 5);
	}
	if (!has_home) {
		snprintf(home, PATH_MAX + 8, "HOME=%s", child->identity.home);
		list[count] = home;
	}
	return list;
}

static _Noreturn void run_command(struct child *child, char **env)
{
	const char *name = child->plan->args.items[0];
	char **args = (char **)child->plan->args.items;
	struct error error;
	int seen = ENOENT;
	if (strchr(name, '/')) {
		execve(name, args, env);
		seen = errno;
	} else {
		const char *search = DEFAULT_PATH;
		for (char **item = env; *item; item++)
			if (!strncmp(*item, "PATH=", 5))
				search = *item + 5;
		while (search) {
			const char *end = strchrnul(search, ':');
			char candidate[PATH_MAX];
			int size = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)(end - search),
					    end == search ? "." : search, name);
			if (end == search)
				size = snprintf(candidate, sizeof candidate, "./%s", name);
			if (size > 0 && (size_t)size < sizeof candidate) {
				execve(candidate, args, env);
				if (errno == EACCES || (errno != ENOENT && errno != ENOTDIR)) {
					seen = errno;
					if (errno != EACCES)
						break;
				}
			}
			search = *end ? end + 1 : NULL;
		}
	}
	errno = seen;
	if (seen == ENOENT && !strchr(name, '/'))
		fail_plain(&error, FAIL_COMMAND_NOT_FOUND, "exec: \"%.150s\": executable file not found in $PATH", name);
	else if (seen == ENOENT || seen == ENOTDIR)
		fail(&error, FAIL_COMMAND_NOT_FOUND, "exec: \"%.150s\"", name);
	else if (seen == EACCES || seen == ENOEXEC || seen == EISDIR || seen == ETXTBSY || seen == ELIBBAD ||
		 seen == ELOOP)
		fail(&error, FAIL_COMMAND_NOT_EXECUTABLE, "exec: \"%.150s\"", name);
	else
		fail(&error, FAIL_INTERNAL, "exec: \"%.150s\"", name);
	error.errno_ = seen;
	child_die(child, &error);
}

static char **prepare(struct child *child, char home[PATH_MAX + 8])
{
	char **env = environment(child, home);
	/* The container's own, so that it is a file with a name in there; what an image puts in its place is not taken. */
	struct error error;
	int null = open_null_device(&error);
	if (null >= 0)
		child->null = null;
	child_set_streams(child);
	return env;
}

static void become_command(struct child *child)
{
	child_set_directory(child, false);
	child_restrict(child, true);
	umask(child->plan->umask);
	reset_signals();
}

void child_finish(struct child *child, bool reap)
{
	char home[PATH_MAX + 8];
	char **env = prepare(child, home);
	take_terminal(child);
	set_rlimits(child);
	report(child, REPORT_READY, NULL, -1);
	await(child, SYNC_GO);
	if (reap) {
		sigset_t all;
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		pid_t command = fork();
		if (command < 0)
			child_fail(child, FAIL_INTERNAL, "forking the command");
		if (command > 0) {
			/* As a person who knows Docker looks for it; there is no such file. */
			title_set("/sbin/docker-init --", &child->plan->args);
			prctl(PR_SET_NAME, "docker-init");
			/* The reaper keeps the container's capabilities at most, and no descriptor at all. */
			child_restrict(child, false);
			struct error error;
			if (child->plan->selinux_label[0]) {
				reaper_become(child->kept, command, &child->plan->args);
				fail(&error, FAIL_BAD_LABEL, "running the init with SELinux label \"%.80s\"",
				     child->plan->selinux_label);
				child_die(child, &error);
			}
			child_check(child, lsm_enter(child->plan, child->kept, &error), &error);
			close_range(0, ~0u, 0);
			reaper_run(command);
		}
		if (child->terminal >= 0) {
			setpgid(0, 0);
			ioctl(0, TIOCSPGRP, &(pid_t){ getpid() });
		}
	}
	become_command(child);
	run_command(child, env);
}

pid_t child_give_birth(struct child *child, int *pidfd)
{
	char home[PATH_MAX + 8];
	char **env = prepare(child, home);
	set_rlimits_before_birth(child);
	become_command(child);
	/* Not clone3, which no filter could look into and many therefore refuse. */
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | CLONE_PIDFD, NULL, pidfd, NULL, NULL);
	if (pid != 0) {
		free(env);
		return pid;
	}
	die_with_monitor(child);
	make_session(child);
	take_terminal(child);
	set_rlimits_after_birth(child);
	await(child, SYNC_JOINED);
	report(child, REPORT_READY, NULL, -1);
	await(child, SYNC_GO);
	run_command(child, env);
}
