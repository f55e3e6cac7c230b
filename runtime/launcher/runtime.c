#include "runtime.h"

#include "mounts.h"
#include "paths.h"
#include "runtime-config.h"
#include "spawn-parts.h"
#include "sysctl.h"
#include "tree.h"

#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* Of the container's state directory: the bundle, what the runtime keeps, and what it says. */
#define BUNDLE "runtime"
#define RUNTIME_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void bundle_path(const struct launch_plan *plan, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.4000s/" BUNDLE, plan->state_directory);
}

static int open_bundle(const struct launch_plan *plan)
{
	char path[PATH_MAX];
	bundle_path(plan, path);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* What an earlier run has left there is of no use: its process ended with its monitor, or with the machine. */
static int make_bundle(const struct launch_plan *plan, struct error *error)
{
	char path[PATH_MAX];
	bundle_path(plan, path);
	if (tree_remove(path, error) < 0 || tree_make_directory(path, 0700, error) < 0)
		return -1;
	int bundle = open_bundle(plan);
	if (bundle < 0 || mkdirat(bundle, "places", 0700) < 0) {
		close_fd(&bundle);
		return fail(error, FAIL_INTERNAL, "making the runtime's directory");
	}
	return bundle;
}

/* Names are relative to the bundle, which is the runtime's working directory: a socket's path must be short. */
static void exec_runtime(const struct launch_plan *plan, const char *const *words)
{
	const char *args[20] = { plan->runtime, "--root", "state", "--log", "log", "--log-format", "json" };
	unsigned count = 7;
	while (*words && count < COUNT_OF(args) - 1)
		args[count++] = *words++;
	char *environment[] = { RUNTIME_PATH, "LC_ALL=C", "HOME=/", NULL };
	umask(022);
	reset_signals();
	execve(plan->runtime, (char **)args, environment);
}

/* ------------------------------------------------------------------------------------------------- create */

static _Noreturn void create_main(const struct launch_plan *plan, struct child *child)
{
	struct error error = { 0 };
	child_begin(child);
	if (unshare(CLONE_NEWNS) < 0) {
		fail(&error, FAIL_INTERNAL, "making a mount namespace");
		child_die(child, &error);
	}
	/* Opened here: a descriptor of another mount namespace has no path in this one. */
	autoclose int bundle = open_bundle(plan);
	autoclose int places = openat(bundle, "places", O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int root = rootfs_build_for_runtime(plan, places, &error);
	child_check(child, root, &error);
	/* No runtime may write them where it does not make the network namespace itself; this process is in it. */
	autoclose int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	child_check(child, write_sysctls(proc, &plan->network_sysctls, &error), &error);
	child_check(child, lookup_user(root, plan->process.user, &plan->process.additional_groups, &child->identity, &error),
		    &error);
	child_check(child, runtime_write_config(plan, &child->identity, bundle, &error), &error);
	if (fchdir(bundle) < 0) {
		fail(&error, FAIL_INTERNAL, "entering the runtime's directory");
		child_die(child, &error);
	}
	if (plan->process.tty)
		child->output = child->errors = child->null;
	child_set_streams(child);
	const char *words[] = { "create", "--bundle", ".", "--pid-file", "pid", plan->id, NULL, NULL, NULL };
	if (plan->process.tty) {
		words[5] = "--console-socket";
		words[6] = "console";
		words[7] = plan->id;
	}
	exec_runtime(plan, words);
	fail(&error, FAIL_INTERNAL, "running %.150s", plan->runtime);
	child_die(child, &error);
}

/* Where the runtime sends the terminal's master to. */
static int listen_for_console(int bundle, struct error *error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/console", bundle);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0)
		return fail(error, FAIL_INTERNAL, "listening for the terminal");
	return take_fd(&fd);
}

/* The runtime has ended, so what it sent is there. */
static int take_console(const struct launch_plan *plan, int listener, struct spawned *spawned, struct error *error)
{
	char name[PATH_MAX];
	autoclose int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (connection < 0 || receive_message(connection, name, sizeof name, &spawned->master) <= 0 || spawned->master < 0)
		return fail_plain(error, FAIL_INTERNAL, "no terminal came from the runtime");
	struct winsize size = { .ws_row = plan->process.rows, .ws_col = plan->process.columns };
	if (fcntl(spawned->master, F_SETFL, O_NONBLOCK) < 0 ||
	    (plan->process.has_console_size && ioctl(spawned->master, TIOCSWINSZ, &size) < 0))
		return fail(error, FAIL_INTERNAL, "preparing the terminal");
	/* Held open so that the master never hangs up while processes come and go on its other side. */
	spawned->peer = ioctl(spawned->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return spawned->peer < 0 ? fail(error, FAIL_INTERNAL, "opening the terminal's other side") : 0;
}

/* The container's process has become a child of this one when the runtime ended. */
static int take_process(int bundle, struct spawned *spawned, struct error *error)
{
	char text[32];
	pid_t pid = read_small_at(bundle, "pid", text, sizeof text) > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
	if (pid <= 0 || waitpid(pid, NULL, WNOHANG) != 0)
		return fail_plain(error, FAIL_INTERNAL, "the runtime made no process that can be looked after");
	spawned->pidfd = sys_pidfd_open(pid);
	if (spawned->pidfd < 0)
		return fail(error, FAIL_INTERNAL, "watching the process");
	spawned->pid = pid;
	return 0;
}

static int wait_for(pid_t pid, int bundle, struct error *error)
{
	int status = 0;
	if (RETRY(waitpid(pid, &status, 0)) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return runtime_read_failure(bundle, error);
}

static int create(const struct launch_plan *plan, int bundle, struct spawned *spawned, struct child *child,
		  struct warnings *warnings, struct error *error)
{
	autoclose int console = -1;
	if (plan->process.tty && (console = listen_for_console(bundle, error)) < 0)
		return -1;
	if (spawn_open_streams(&plan->process, spawned, child, error) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		create_main(plan, child);
	spawn_close_child_ends(child);
	if (pid < 0)
		return fail(error, FAIL_INTERNAL, "forking");
	spawn_release(spawned, SYNC_JOINED);
	int result = spawn_converse(spawned, true, warnings, error);
	close_fd(&spawned->sync);
	struct error ended;
	/* Why it came to no exec is known better than that it ended. */
	if (wait_for(pid, bundle, result < 0 ? &ended : error) < 0)
		result = -1;
	if (result == 0)
		result = take_process(bundle, spawned, error);
	if (result == 0 && plan->process.tty)
		result = take_console(plan, console, spawned, error);
	return result;
}

int runtime_create(const struct launch_plan *plan, struct spawned *spawned, struct warnings *warnings,
		   struct error *error)
{
	struct child child = { CHILD_NONE, .plan = &plan->process };
	autoclose int bundle = make_bundle(plan, error);
	if (bundle < 0)
		return -1;
	/* Only until the process is ours: orphans of a container in the host's pid namespace are the zygote's. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	int result = create(plan, bundle, spawned, &child, warnings, error);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	spawn_close_child_ends(&child);
	if (result < 0) {
		spawn_undo(spawned);
		runtime_delete(plan);
	}
	return result;
}

/* ------------------------------------------------------------------------------------------------- the rest */

static int run(const struct launch_plan *plan, int bundle, const char *const *words, struct error *error)
{
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		return fail(error, FAIL_INTERNAL, "forking");
	if (pid == 0) {
		autoclose int null = open_null_device(error);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || null < 0 || fchdir(bundle) < 0)
			_exit(125);
		for (int i = 0; i < 3; i++)
			dup2(null, i);
		close_range(STDERR_FILENO + 1, ~0u, 0);
		exec_runtime(plan, words);
		_exit(127);
	}
	return wait_for(pid, bundle, error);
}

int runtime_start(const struct launch_plan *plan, struct error *error)
{
	const char *words[] = { "start", plan->id, NULL };
	autoclose int bundle = open_bundle(plan);
	if (bundle < 0)
		return fail(error, FAIL_INTERNAL, "opening the runtime's directory");
	return run(plan, bundle, words, error);
}

void runtime_delete(const struct launch_plan *plan)
{
	struct error error;
	char path[PATH_MAX];
	const char *words[] = { "delete", "--force", plan->id, NULL };
	autoclose int bundle = open_bundle(plan);
	/* What fails here is found by the control groups that stay, and removed with them. */
	if (bundle >= 0)
		run(plan, bundle, words, &error);
	bundle_path(plan, path);
	tree_remove(path, &error);
}
