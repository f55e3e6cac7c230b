/* Makes a process in a running container. */
#include "cgroup.h"
#include "lsm.h"
#include "paths.h"
#include "spawn-parts.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Terminal and user, as the container has them. `own_fds` is needed with a terminal: see child_open_terminal(). */
static void look_around(struct child *child, int own_fds)
{
	struct error error = { 0 };
	autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		child_fail(child, FAIL_INTERNAL, "opening the container's root");
	if (child->plan->tty) {
		autoclose int pts = open_in_root_no_symlinks(root, "/dev/pts", O_PATH | O_DIRECTORY);
		if (pts < 0)
			child_fail(child, FAIL_INTERNAL, "opening /dev/pts in the container");
		child_open_terminal(child, pts, own_fds);
	}
	child_check(child, lookup_user(root, child->plan->user, &child->plan->additional_groups, &child->identity, &error),
		    &error);
}

/* Of a process that is restricted after its birth, its filter permitting no other way. */
static _Noreturn void exec_main(struct child *child)
{
	child_begin(child);
	autoclose int own_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	look_around(child, own_fds);
	child_finish(child, false);
}

/* Namespaces in which the target differs from us: the others must not be joined (and may not, when rootless). */
static int different_namespaces(pid_t target)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = {
		{ "mnt", CLONE_NEWNS }, { "pid", CLONE_NEWPID }, { "net", CLONE_NEWNET },
		{ "ipc", CLONE_NEWIPC }, { "uts", CLONE_NEWUTS }, { "cgroup", CLONE_NEWCGROUP },
	};
	int flags = 0;
	for (unsigned i = 0; i < COUNT_OF(kinds); i++) {
		char own[64], other[64];
		struct stat own_info, other_info;
		snprintf(own, sizeof own, "/proc/self/ns/%s", kinds[i].name);
		snprintf(other, sizeof other, "/proc/%d/ns/%s", (int)target, kinds[i].name);
		if (stat(own, &own_info) == 0 && stat(other, &other_info) == 0 && own_info.st_ino == other_info.st_ino)
			continue;
		flags |= kinds[i].flag;
	}
	return flags;
}

/* What the go-between tells of the process it has made. */
struct made {
	pid_t pid;
	struct error error;
};

/* Only what the process needs stays open: see enter_and_clone. */
static void close_others(const int *keep, unsigned count)
{
	for (unsigned from = STDERR_FILENO + 1;;) {
		unsigned next = ~0u;
		for (unsigned i = 0; i < count; i++)
			if (keep[i] >= (int)from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next > from)
			close_range(from, next == ~0u ? ~0u : next - 1, 0);
		if (next == ~0u)
			return;
		from = next + 1;
	}
}

/* In the container's namespaces: the process, made as a sibling. Returns in the go-between alone. */
static pid_t make_sibling(const struct exec_plan *plan, struct child *child, int own_fds, int answer, int *pidfd)
{
	if (plan->restrict_before_birth) {
		child->kept = answer;
		child_detach(child);
		look_around(child, own_fds);
		return child_give_birth(child, pidfd);
	}
	bool born;
	pid_t pid = spawn_clone(CLONE_PARENT, -1, pidfd, &born);
	if (pid == 0) {
		close(answer);
		exec_main(child);
	}
	return pid;
}

/*
 * The go-between enters the container and only then makes the process, as the monitor's own child (CLONE_PARENT). So
 * nothing in the container's pid namespace ever holds the host's tree or a directory of it, not even for the moment
 * in which a container with CAP_SYS_PTRACE could look; nor, as a rule, a capability that is not the container's.
 */
static _Noreturn void enter_and_clone(const struct exec_plan *plan, struct child *child, int target, int flags, int answer)
{
	struct made made = { .error = { 0 } };
	int pidfd = -1;
	const int keep[] = { child->sync, child->input, child->output, child->errors, child->null, target, answer };
	close_others(keep, COUNT_OF(keep));
	child->monitor_end = -1;
	char score[16];
	struct warnings warnings = { 0 };
	set_oom_score(child->plan, score, &warnings);
	for (unsigned i = 0; i < warnings.count; i++)
		child_warn(child, "%s", warnings.text[i]);
	lsm_label_keys(&plan->process);
	/* Before its namespaces, in which the host's cgroups are out of sight; what is cloned from here is in them too. */
	if (cgroups_enter(plan->cgroups, plan->cgroup_count, &made.error) < 0 ||
	    lsm_at_exec(&plan->process, &made.error) < 0)
		_exit(send_message(answer, &made, sizeof made, -1) < 0);
	/* Of the host's, for the container's knows nothing of the go-between. */
	autoclose int own_fds = child->plan->tty ? open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (setns(target, flags) < 0) {
		fail(&made.error, errno == ESRCH ? FAIL_PROCESS_GONE : FAIL_INTERNAL, "joining the container's namespaces");
	} else {
		close(target);
		made.pid = make_sibling(plan, child, own_fds, answer, &pidfd);
		/* ENOMEM is what the kernel says of a pid namespace whose first process has ended. */
		if (made.pid < 0)
			fail(&made.error, errno == ENOMEM ? FAIL_PROCESS_GONE : FAIL_INTERNAL, "cloning a process");
	}
	_exit(send_message(child->kept >= 0 ? child->kept : answer, &made, sizeof made, pidfd) < 0);
}

static int make_process(const struct exec_plan *plan, struct child *child, pid_t pid, int target,
			struct spawned *spawned, bool *born, struct warnings *warnings, struct error *error)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail(error, FAIL_INTERNAL, "making a socket pair");
	autoclose int hear = ends[0];
	int flags = different_namespaces(pid);
	autoclose int cgroup_fd = cgroups_open_unified(plan->cgroups, plan->cgroup_count);
	autoclose int between_fd = -1;
	pid_t between = spawn_clone(0, cgroup_fd, &between_fd, born);
	if (between == 0)
		enter_and_clone(plan, child, target, flags, ends[1]);
	int cloned = between < 0 ? fail(error, FAIL_INTERNAL, "cloning a process") : 0;
	close(ends[1]);
	if (cloned < 0)
		return -1;
	struct made made = { 0 };
	ssize_t n = receive_message(hear, &made, sizeof made, &spawned->pidfd);
	RETRY(waitpid(between, NULL, 0));
	if (n != sizeof made) {
		/* One that died of what it found in the container has said so where the process would have. */
		spawn_close_child_ends(child);
		if (spawn_converse(spawned, false, warnings, error) == 0)
			fail_plain(error, FAIL_INTERNAL, "the process could not be made");
		return -1;
	}
	if (spawned->pidfd < 0) {
		*error = made.error;
		return -1;
	}
	spawned->pid = made.pid;
	return 0;
}

int spawn_exec(const struct exec_plan *plan, struct spawned *spawned, struct warnings *warnings, struct error *error)
{
	struct child child = { CHILD_NONE, .plan = &plan->process };
	pid_t pid = plan->target;
	autoclose int target = open_namespaces(&pid, plan->target_start_time, error);
	if (target < 0)
		return -1;
	bool born = false;
	int result = spawn_open_streams(&plan->process, spawned, &child, error);
	if (result == 0)
		result = make_process(plan, &child, pid, target, spawned, &born, warnings, error);
	if (result == 0)
		result = spawn_settle(spawned, &child, plan->cgroups, plan->cgroup_count, born, pid, warnings,
				      error);
	spawn_close_child_ends(&child);
	if (result < 0)
		spawn_undo(spawned);
	return result;
}
