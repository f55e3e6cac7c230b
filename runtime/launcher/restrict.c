/* Ids, capabilities and the filter of system calls: what a process is left with before it runs its command. */
#include "process.h"

#include "paths.h"
#include "seccomp.h"

#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

void child_set_directory(struct child *child, bool last)
{
	struct error error;
	autoclose int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int fd = root < 0 ? -1 : open_in_root(root, child->plan->cwd, O_PATH | O_DIRECTORY);
	if (fd < 0 || fchdir(fd) < 0) {
		if (!last && errno == EACCES)
			return;
		fail(&error, FAIL_BAD_CWD, "changing to the working directory %.150s", child->plan->cwd);
		child_die(child, &error);
	}
	/* The kernel's own answer: glibc's getcwd would hide "(unreachable)". */
	char path[PATH_MAX];
	if (syscall(SYS_getcwd, path, sizeof path) < 0 || path[0] != '/') {
		fail_plain(&error, FAIL_BAD_CWD, "the working directory is outside the container");
		child_die(child, &error);
	}
}

static uint64_t permitted_capabilities(struct child *child)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &header, data) < 0)
		child_fail(child, FAIL_INTERNAL, "reading capabilities");
	return data[0].permitted | (uint64_t)data[1].permitted << 32;
}

static void set_ids(struct child *child)
{
	const struct identity *identity = &child->identity;
	if (setgroups(identity->group_count, identity->groups) < 0) {
		/* With a single id mapped the kernel forbids it for good, whatever one may do (user_namespaces(7)). */
		int saved = errno;
		bool denied = saved == EPERM && permitted_capabilities(child) >> CAP_SETGID & 1;
		errno = saved;
		/* EINVAL: a group without a place in the user namespace's map. */
		if (!denied)
			child_fail(child, saved == EINVAL ? FAIL_BAD_USER : FAIL_INTERNAL, "setting the groups");
	}
	if (prctl(PR_SET_KEEPCAPS, 1) < 0)
		child_fail(child, FAIL_INTERNAL, "keeping capabilities");
	struct error error;
	if (setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
	    setresuid(identity->uid, identity->uid, identity->uid) < 0) {
		fail(&error, FAIL_BAD_USER, "becoming user %u, group %u", identity->uid, identity->gid);
		child_die(child, &error);
	}
	if (prctl(PR_SET_KEEPCAPS, 0) < 0)
		child_fail(child, FAIL_INTERNAL, "keeping capabilities");
}

static void set_capabilities(struct child *child, uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> (32 * i));
		data[i].permitted = (uint32_t)(permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	if (syscall(SYS_capset, &header, data) < 0)
		child_fail(child, FAIL_INTERNAL, "setting capabilities");
}

static void load_seccomp(struct child *child)
{
	struct error error;
	child_check(child, seccomp_load(child->plan->seccomp, child->plan->seccomp_size, &error), &error);
}

/*
 * Nobody could steer or hear a process whose monitor was killed, so it dies too. A change of user has cleared the
 * signal; a monitor that died in between is seen by its end of the socket.
 */
static void keep_death_signal(struct child *child)
{
	struct pollfd monitor = { .fd = child->sync };
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		child_fail(child, FAIL_INTERNAL, "setting the death signal");
	if (poll(&monitor, 1, 0) > 0 && monitor.revents & POLLHUP)
		_exit(125);
}

/*
 * The order matters. With no_new_privs the filter can be loaded without privilege, as the very last thing. Without it
 * loading takes CAP_SYS_ADMIN, so it comes while the capabilities are still there, and the filter must allow capset.
 */
void child_restrict(struct child *child, bool with_seccomp)
{
	const struct process_plan *plan = child->plan;
	for (int capability = 0; capability < 64; capability++)
		if (!(plan->bounding >> capability & 1) && prctl(PR_CAPBSET_READ, capability) == 1 &&
		    prctl(PR_CAPBSET_DROP, capability) < 0)
			child_fail(child, FAIL_INTERNAL, "dropping a capability");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		child_fail(child, FAIL_INTERNAL, "clearing ambient capabilities");
	set_ids(child);
	keep_death_signal(child);
	uint64_t held = permitted_capabilities(child);
	if (child->identity.uid != 0)
		set_capabilities(child, held, held, 0);
	child_set_directory(child, true);
	if (with_seccomp && !plan->no_new_privileges)
		load_seccomp(child);
	/* What this host's root does not hold cannot be given (a container engine that is itself confined). */
	set_capabilities(child, plan->effective & held, plan->permitted & held, plan->inheritable & held);
	for (int capability = 0; capability < 64; capability++)
		if (plan->ambient >> capability & 1 & held >> capability &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
			child_fail(child, FAIL_INTERNAL, "raising an ambient capability");
	if (plan->no_new_privileges) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			child_fail(child, FAIL_INTERNAL, "setting no_new_privs");
		if (with_seccomp)
			load_seccomp(child);
	}
}
