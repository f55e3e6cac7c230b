#include "spawn-parts.h"

#include "cgroup.h"
#include "crash.h"
#include "lsm.h"
#include "mount-steps.h"
#include "paths.h"
#include "process.h"
#include "reaper.h"
#include "sysctl.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Namespaces that a child enters by a running process's pidfd. */
struct joined {
	int pidfd;
	int flag;
};

struct container_context {
	struct child child;
	const struct launch_plan *plan;
	struct joined joins[4];
	unsigned join_count;
};

static pid_t clone_process(uint64_t flags, int cgroup_fd, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		/* With CLONE_PARENT it is that of the caller. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

pid_t spawn_clone(uint64_t flags, int cgroup_fd, int *pidfd, bool *born)
{
	*born = cgroup_fd >= 0;
	pid_t pid = clone_process(flags, cgroup_fd, pidfd);
	if (pid < 0 && cgroup_fd >= 0) {
		*born = false;
		pid = clone_process(flags, -1, pidfd);
	}
	return pid;
}

/* ------------------------------------------------------------------------------------------------- streams */

/*
 * A pipe has the label of whoever made it, which what runs under another one may not be let to use, and the kernel then
 * closes it at its execve. One with a name has that of the filesystem it is in.
 */
static int make_labelled_pipe(int place, int ends[2])
{
	static const char name[] = "pipe";
	autoclose int reader = mkfifoat(place, name, 0600) < 0 ? -1 : openat(place, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	autoclose int writer = reader < 0 ? -1 : openat(place, name, O_WRONLY | O_CLOEXEC);
	if (writer < 0 || unlinkat(place, name, 0) < 0 || fcntl(reader, F_SETFL, 0) < 0)
		return -1;
	ends[0] = take_fd(&reader);
	ends[1] = take_fd(&writer);
	return 0;
}

/* In `place`, when that is a directory. */
static int make_pipe(int place, int *monitor_end, int *child_end, bool child_reads)
{
	int ends[2];
	if ((place < 0 ? pipe2(ends, O_CLOEXEC) : make_labelled_pipe(place, ends)) < 0)
		return -1;
	*child_end = child_reads ? ends[0] : ends[1];
	*monitor_end = child_reads ? ends[1] : ends[0];
	return fcntl(*monitor_end, F_SETFL, O_NONBLOCK);
}

int spawn_open_streams(const struct process_plan *process, struct spawned *spawned, struct child *child,
			struct error *error)
{
	int sync[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) < 0)
		return fail(error, FAIL_INTERNAL, "making a socket pair");
	spawned->sync = sync[0];
	child->sync = sync[1];
	child->monitor_end = sync[0];
	child->null = open_null_device(error);
	if (child->null < 0)
		return -1;
	if (process->tty)
		return 0;
	autoclose int place = -1;
	if (process->selinux_label[0]) {
		place = mount_make("tmpfs", "size=64k,mode=700", NULL, MOUNT_ATTR_NODEV, process->mount_label);
		if (place < 0)
			return fail(error, FAIL_BAD_LABEL, "making a place for pipes of SELinux label \"%.80s\"",
				    process->mount_label);
	}
	if ((process->open_stdin && make_pipe(place, &spawned->input, &child->input, true) < 0) ||
	    make_pipe(place, &spawned->output, &child->output, false) < 0 ||
	    make_pipe(place, &spawned->errors, &child->errors, false) < 0)
		return fail(error, FAIL_INTERNAL, "making pipes");
	return 0;
}

void spawn_close_child_ends(struct child *child)
{
	close_fd(&child->sync);
	close_fd(&child->input);
	close_fd(&child->output);
	close_fd(&child->errors);
	close_fd(&child->null);
}

/* ------------------------------------------------------------------------------------------------- the child */

static void enter_namespaces(struct container_context *context)
{
	struct error error;
	const struct launch_plan *plan = context->plan;
	for (unsigned i = 0; i < context->join_count; i++)
		if (setns(context->joins[i].pidfd, context->joins[i].flag) < 0) {
			fail(&error, FAIL_INTERNAL, "joining a namespace of another container");
			child_die(&context->child, &error);
		}
	/* After the cgroups are entered: the namespace's root is where its maker is. */
	if (plan->cgroup.kind == NAMESPACE_NEW && unshare(CLONE_NEWCGROUP) < 0) {
		fail(&error, FAIL_INTERNAL, "making a cgroup namespace");
		child_die(&context->child, &error);
	}
	if (plan->uts.kind == NAMESPACE_NEW &&
	    ((plan->hostname[0] && sethostname(plan->hostname, strlen(plan->hostname)) < 0) ||
	     (plan->domainname[0] && setdomainname(plan->domainname, strlen(plan->domainname)) < 0))) {
		fail(&error, FAIL_INTERNAL, "setting the host name");
		child_die(&context->child, &error);
	}
}

static _Noreturn void container_main(struct container_context *context)
{
	struct child *child = &context->child;
	const struct launch_plan *plan = context->plan;
	struct error error = { 0 };
	struct rootfs rootfs;
	child_begin(child);
	crash_point("child-born");
	child_check(child, cgroups_enter(plan->cgroups, plan->cgroup_count, &error), &error);
	crash_point("child-in-cgroups");
	child_check(child, lsm_at_exec(&plan->process, &error), &error);
	if (plan->init)
		child_check(child,
			    plan->process.selinux_label[0] ? reaper_copy(plan->process.mount_label, &child->kept, &error)
							   : lsm_open_own(&plan->process, &child->kept, &error),
			    &error);
	enter_namespaces(context);
	/* Opened anew: only from a mount of this namespace can a bind be made (open_tree(2)). */
	close_fd(&child->null);
	child->null = open_null_device(&error);
	child_check(child, child->null, &error);
	child_check(child, rootfs_build(plan, &rootfs, &error), &error);
	crash_point("child-rootfs");
	if (plan->process.tty) {
		/* The caller's own /dev has the terminals that there are. */
		bool brought = rootfs.pts < 0;
		if (brought)
			rootfs.pts = open_in_root_no_symlinks(rootfs.root, "/dev/pts", O_PATH | O_DIRECTORY);
		if (rootfs.pts < 0) {
			fail_plain(&error, FAIL_BAD_MOUNT, "a terminal needs a devpts among the mounts");
			child_die(child, &error);
		}
		autoclose int own_fds = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
		child_open_terminal(child, rootfs.pts, own_fds);
		child_check(child, rootfs_bind_console(&rootfs, child->terminal, !brought, &error), &error);
	}
	child_check(child, write_sysctls(rootfs.proc, &plan->sysctls, &error), &error);
	child_check(child, write_sysctls(rootfs.proc, &plan->network_sysctls, &error), &error);
	child_check(child,
	      lookup_user(rootfs.root, plan->process.user, &plan->process.additional_groups, &child->identity, &error),
	      &error);
	autoclose int directory = make_directory_in_root(rootfs.root, plan->process.cwd, 0755);
	if (directory < 0 && errno != EROFS) {
		fail(&error, FAIL_BAD_CWD, "making the working directory %.150s", plan->process.cwd);
		child_die(child, &error);
	}
	child_check(child, rootfs_restrict(plan, &rootfs, child->null, &error), &error);
	child_check(child, rootfs_pivot(&rootfs, &error), &error);
	crash_point("child-pivoted");
	child_finish(child, plan->init);
}

/* ------------------------------------------------------------------------------------------------- the monitor's side */

int spawn_converse(struct spawned *spawned, bool until_exec, struct warnings *warnings, struct error *error)
{
	for (;;) {
		struct report_message message;
		int fd;
		ssize_t n = receive_message(spawned->sync, &message, sizeof message, &fd);
		if (n == 0 && until_exec)
			return 0;
		if (n != sizeof message) {
			close_fd(&fd);
			return fail_plain(error, FAIL_INTERNAL, "the prepared process died without a word");
		}
		message.error.msg[sizeof message.error.msg - 1] = '\0';
		switch (message.type) {
		case REPORT_WARNING:
			warn_add(warnings, "%s", message.error.msg);
			break;
		case REPORT_CONSOLE:
			close_fd(&spawned->master);
			spawned->master = fd;
			fd = -1;
			if (spawned->master < 0 || fcntl(spawned->master, F_SETFL, O_NONBLOCK) < 0)
				return fail_plain(error, FAIL_INTERNAL, "no terminal came from the process");
			/* Held open so that the master never hangs up while processes come and go on its other side. */
			spawned->peer = ioctl(spawned->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
			if (spawned->peer < 0)
				return fail(error, FAIL_INTERNAL, "opening the terminal's other side");
			break;
		case REPORT_ERROR:
			close_fd(&fd);
			*error = message.error;
			return -1;
		case REPORT_READY:
			close_fd(&fd);
			return 0;
		}
		close_fd(&fd);
	}
}

int spawn_release(struct spawned *spawned, char word)
{
	return send_message(spawned->sync, &word, sizeof word, -1);
}

int spawn_settle(struct spawned *spawned, struct child *child, const struct cgroup_step *cgroups, uint32_t count,
		  bool born, pid_t neighbour, struct warnings *warnings, struct error *error)
{
	spawn_close_child_ends(child);
	int result = born ? 0 : cgroups_join_unified(cgroups, count, spawned->pid, neighbour, error);
	if (result == 0) {
		/* A child that is gone already has said why, or spawn_converse() says that it has not. */
		spawn_release(spawned, SYNC_JOINED);
		result = spawn_converse(spawned, false, warnings, error);
	}
	return result;
}

static int add_join(struct container_context *context, const struct namespace_source *source, int flag,
		    struct error *error)
{
	if (source->kind != NAMESPACE_PROCESS)
		return 0;
	struct joined *join = &context->joins[context->join_count];
	join->pidfd = open_process(source->pid, source->start_time, error);
	join->flag = flag;
	if (join->pidfd < 0)
		return -1;
	context->join_count++;
	return 0;
}

/* The pid namespace of new children; the monitor itself stays where it is. */
static int choose_pid_namespace(const struct namespace_source *source, struct error *error)
{
	if (source->kind != NAMESPACE_PROCESS)
		return 0;
	autoclose int pidfd = open_process(source->pid, source->start_time, error);
	if (pidfd < 0)
		return -1;
	return setns(pidfd, CLONE_NEWPID) < 0 ? fail(error, FAIL_INTERNAL, "joining a pid namespace") : 0;
}

int spawn_container(const struct launch_plan *plan, struct spawned *spawned, struct warnings *warnings,
		    struct error *error)
{
	struct container_context context = {
		.plan = plan,
		.child = { CHILD_NONE, .plan = &plan->process },
	};
	int result = -1;
	if (choose_pid_namespace(&plan->pid, error) == 0 && add_join(&context, &plan->ipc, CLONE_NEWIPC, error) == 0 &&
	    add_join(&context, &plan->uts, CLONE_NEWUTS, error) == 0 &&
	    add_join(&context, &plan->cgroup, CLONE_NEWCGROUP, error) == 0 &&
	    spawn_open_streams(&plan->process, spawned, &context.child, error) == 0) {
		uint64_t flags = CLONE_NEWNS | (plan->pid.kind == NAMESPACE_NEW ? CLONE_NEWPID : 0) |
				 (plan->ipc.kind == NAMESPACE_NEW ? CLONE_NEWIPC : 0) |
				 (plan->uts.kind == NAMESPACE_NEW ? CLONE_NEWUTS : 0);
		autoclose int cgroup_fd = cgroups_open_unified(plan->cgroups, plan->cgroup_count);
		bool born;
		char score[16];
		set_oom_score(&plan->process, score, warnings);
		spawned->pid = spawn_clone(flags, cgroup_fd, &spawned->pidfd, &born);
		if (spawned->pid == 0)
			container_main(&context);
		restore_oom_score(score);
		crash_point("monitor-cloned");
		result = spawned->pid < 0 ? fail(error, FAIL_INTERNAL, "cloning the container's process")
					  : spawn_settle(spawned, &context.child, plan->cgroups, plan->cgroup_count, born, 0,
						   warnings, error);
	}
	spawn_close_child_ends(&context.child);
	for (unsigned i = 0; i < context.join_count; i++)
		close(context.joins[i].pidfd);
	if (result < 0)
		spawn_undo(spawned);
	return result;
}

int spawn_go(struct spawned *spawned, struct warnings *warnings, struct error *error)
{
	spawn_release(spawned, SYNC_GO);
	int result = spawn_converse(spawned, true, warnings, error);
	close_fd(&spawned->sync);
	return result;
}

void spawn_undo(struct spawned *spawned)
{
	if (spawned->pidfd >= 0) {
		sys_pidfd_send_signal(spawned->pidfd, SIGKILL);
		RETRY(waitpid(spawned->pid, NULL, 0));
	}
	close_fd(&spawned->pidfd);
	close_fd(&spawned->sync);
	close_fd(&spawned->input);
	close_fd(&spawned->output);
	close_fd(&spawned->errors);
	close_fd(&spawned->master);
	close_fd(&spawned->peer);
	spawned->pid = -1;
}
