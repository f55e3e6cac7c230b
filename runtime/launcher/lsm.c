#include "lsm.h"

/* Of AppArmor alone (5.1); the older files are those of whichever module is the first. */
#define OWN_DIRECTORY "/proc/thread-self/attr/apparmor/"
#define SHARED_DIRECTORY "/proc/self/attr/"

/* SELinux has no directory of its own. */
#define SELINUX_DIRECTORY "/proc/thread-self/attr/"

static bool is_named(const struct process_plan *plan)
{
	return plan->apparmor_profile[0] != '\0';
}

static int open_attribute(const char *name, char path[64])
{
	snprintf(path, 64, OWN_DIRECTORY "%s", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		snprintf(path, 64, SHARED_DIRECTORY "%s", name);
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	return fd;
}

static int say(const struct process_plan *plan, const char *verb, int fd, const char *path, struct error *error)
{
	/* The kernel takes one write of less than a page. */
	char text[PATH_MAX];
	int size = snprintf(text, sizeof text, "%s %s", verb, plan->apparmor_profile);
	if (size < 0 || (size_t)size >= sizeof text) {
		errno = ENAMETOOLONG;
		size = -1;
	}
	ssize_t n = size < 0 ? -1 : RETRY(write(fd, text, (size_t)size));
	if (n == size && n >= 0)
		return 0;
	if (n >= 0)
		errno = EIO;
	return fail(error, FAIL_BAD_LABEL, "unable to apply apparmor profile \"%.80s\": write %s", plan->apparmor_profile, path);
}

static int write_selinux(const char *name, const char *label)
{
	char path[64];
	snprintf(path, sizeof path, SELINUX_DIRECTORY "%s", name);
	autoclose int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	size_t size = strlen(label);
	ssize_t n = RETRY(write(fd, label, size));
	if (n >= 0 && (size_t)n != size)
		errno = EIO;
	return n >= 0 && (size_t)n == size ? 0 : -1;
}

void lsm_label_keys(const struct process_plan *plan)
{
	if (plan->selinux_label[0])
		write_selinux("keycreate", plan->selinux_label);
}

static int selinux_at_exec(const struct process_plan *plan, struct error *error)
{
	if (plan->selinux_label[0] && write_selinux("exec", plan->selinux_label) < 0)
		return fail(error, FAIL_BAD_LABEL, "unable to apply SELinux label \"%.80s\": write " SELINUX_DIRECTORY "exec",
			    plan->selinux_label);
	return 0;
}

int lsm_at_exec(const struct process_plan *plan, struct error *error)
{
	if (selinux_at_exec(plan, error) < 0)
		return -1;
	if (!is_named(plan))
		return 0;
	char path[64];
	autoclose int fd = open_attribute("exec", path);
	if (fd < 0)
		return fail(error, FAIL_BAD_LABEL, "unable to apply apparmor profile \"%.80s\": open %s",
			    plan->apparmor_profile, path);
	return say(plan, "exec", fd, path, error);
}

int lsm_open_own(const struct process_plan *plan, int *fd, struct error *error)
{
	char path[64];
	*fd = is_named(plan) ? open_attribute("current", path) : -1;
	if (*fd < 0 && is_named(plan))
		return fail(error, FAIL_BAD_LABEL, "unable to apply apparmor profile \"%.80s\": open %s",
			    plan->apparmor_profile, path);
	return 0;
}

int lsm_enter(const struct process_plan *plan, int fd, struct error *error)
{
	return fd < 0 ? 0 : say(plan, "changeprofile", fd, "attr/current", error);
}
