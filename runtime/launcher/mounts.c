#include "mounts.h"

#include "devices.h"
#include "paths.h"

#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* Inode number of the initial user namespace, a constant of the kernel (include/linux/proc_ns.h). */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDu

bool in_user_namespace(void)
{
	struct stat info;
	return stat("/proc/self/ns/user", &info) == 0 && info.st_ino != INITIAL_USER_NAMESPACE;
}

static int set_option(int fs, const char *key, const char *value)
{
	return value ? fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) : fsconfig(fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

/* Applies `key=value,flag,...`. A group that is not mapped in a user namespace is left out (devpts gid=5). */
static int set_options(int fs, const char *data, const char *skip)
{
	autofree char *copy = strdup(data);
	char *rest = NULL;
	if (!copy)
		return -1;
	for (char *key = strtok_r(copy, ",", &rest); key; key = strtok_r(NULL, ",", &rest)) {
		char *value = strchr(key, '=');
		if (value)
			*value++ = '\0';
		if (skip && !strcmp(key, skip))
			continue;
		if (set_option(fs, key, value) < 0)
			return -1;
	}
	return 0;
}

static int make_filesystem_of(const char *type, const char *source, const char *data, const char *skip,
			      unsigned attributes)
{
	autoclose int fs = fsopen(type, FSOPEN_CLOEXEC);
	if (fs < 0 || set_option(fs, "source", source) < 0 || set_options(fs, data, skip) < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, attributes);
}

static int make_filesystem(const char *type, const char *data, const char *skip, unsigned attributes)
{
	return make_filesystem_of(type, type, data, skip, attributes);
}

static unsigned attributes_of(const struct mount_step *step)
{
	return (step->readonly ? MOUNT_ATTR_RDONLY : 0) | (step->nosuid ? MOUNT_ATTR_NOSUID : 0) |
	       (step->nodev ? MOUNT_ATTR_NODEV : 0) | (step->noexec ? MOUNT_ATTR_NOEXEC : 0);
}

static int attach(int mount_fd, int target_fd)
{
	return move_mount(mount_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* ------------------------------------------------------------------------------------------------- overlay */

/* mount(2) takes one page of options; the layer directories are reached by short names of open descriptors. */
static int overlay_by_mount(const struct launch_plan *plan, const char *extra, int target_fd)
{
	char options[4096];
	size_t used = (size_t)snprintf(options, sizeof options, "lowerdir=");
	for (uint32_t i = 0; i < plan->lower.count; i++) {
		int fd = open(plan->lower.items[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -1;
		used += (size_t)snprintf(options + used, sizeof options - used, "%s/proc/self/fd/%d", i ? ":" : "", fd);
		if (used >= sizeof options)
			goto too_long;
	}
	const char *covered = plan->lower.items[0];
	if (plan->upper[0]) {
		int upper = open(plan->upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
		int work = open(plan->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (upper < 0 || work < 0)
			return -1;
		used += (size_t)snprintf(options + used, sizeof options - used,
					 ",upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d", upper, work);
		if (used >= sizeof options)
			goto too_long;
		covered = plan->upper;
	}
	used += (size_t)snprintf(options + used, sizeof options - used, "%s", extra);
	if (used >= sizeof options)
		goto too_long;
	char target[32];
	snprintf(target, sizeof target, "/proc/self/fd/%d", target_fd);
	if (mount("overlay", target, "overlay", 0, options) < 0)
		return -1;
	/* Opened by its path: the descriptor in hand is of what lies under the new mount. */
	return open(covered, O_PATH | O_DIRECTORY | O_CLOEXEC);
too_long:
	errno = E2BIG;
	return -1;
}

static int overlay_by_fsconfig(const struct launch_plan *plan, bool user_xattr)
{
	autoclose int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	if (fs < 0 || set_option(fs, "source", "overlay") < 0)
		return -1;
	for (uint32_t i = 0; i < plan->lower.count; i++)
		if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", plan->lower.items[i], 0) < 0)
			return -1;
	if ((plan->upper[0] && (fsconfig(fs, FSCONFIG_SET_STRING, "upperdir", plan->upper, 0) < 0 ||
				fsconfig(fs, FSCONFIG_SET_STRING, "workdir", plan->work, 0) < 0)) ||
	    (user_xattr && set_option(fs, "userxattr", NULL) < 0) ||
	    (plan->root_volatile && set_option(fs, "volatile", NULL) < 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, 0);
}

/* Without a work directory the upper one is a whole copy of the image, mounted on itself to be a mount at all. */
static int bind_copy(int directory, struct error *error)
{
	autoclose int tree =
		(int)syscall(SYS_open_tree, directory, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0 || attach(tree, directory) < 0)
		return fail(error, FAIL_BAD_MOUNT, "mounting the copied root filesystem");
	return take_fd(&tree);
}

/*
 * The overlay is attached over its own upper directory: a place that exists, that nobody else uses, and that only this
 * mount namespace sees covered.
 */
static int mount_overlay(const struct launch_plan *plan, struct error *error)
{
	bool user_xattr = in_user_namespace();
	autoclose int target = open(plan->upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return fail(error, FAIL_BAD_MOUNT, "opening the root's upper directory");
	if (plan->work[0] == '\0')
		return bind_copy(target, error);
	autoclose int mounted = overlay_by_fsconfig(plan, user_xattr);
	if (mounted >= 0)
		return attach(mounted, target) < 0 ? fail(error, FAIL_BAD_MOUNT, "attaching the root filesystem")
						   : take_fd(&mounted);
	/* EINVAL: kernels before 6.8 have no lowerdir+, and a path over 255 bytes does not fit fsconfig anywhere. */
	if (errno != EINVAL && errno != ENOSYS)
		return fail(error, FAIL_BAD_MOUNT, "mounting the root filesystem");
	char extra[64];
	snprintf(extra, sizeof extra, "%s%s", user_xattr ? ",userxattr" : "", plan->root_volatile ? ",volatile" : "");
	int fd = overlay_by_mount(plan, extra, target);
	return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting the root filesystem") : fd;
}

/* ------------------------------------------------------------------------------------------------- binds */

/* What a bind is made of: its source, or something below it that containers may have put links on the way to. */
static int open_bind_source(const struct mount_step *step)
{
	int fd = open(step->source, O_PATH | O_CLOEXEC);
	if (fd < 0 || step->data[0] == '\0')
		return fd;
	int below = open_in_root(fd, step->data, O_PATH);
	close_fd(&fd);
	return below;
}

static int clone_bind(const struct mount_step *step)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	autoclose int source = open_bind_source(step);
	if (source < 0)
		return -1;
	int fd = (int)syscall(SYS_open_tree, source, "", flags | (step->recursive ? AT_RECURSIVE : 0));
	/* Inside a user namespace mounts below may be locked to their parent, and then come along or not at all. */
	if (fd < 0 && errno == EINVAL && !step->recursive)
		fd = (int)syscall(SYS_open_tree, source, "", flags | AT_RECURSIVE);
	return fd;
}

static int finish_bind(const struct mount_step *step, int fd)
{
	static const uint64_t kinds[] = { MS_PRIVATE, MS_SLAVE, MS_SHARED };
	/* Only set, never cleared: flags of the source may be locked, and nodev of a source is not ours to lift. */
	struct mount_attr attr = { .attr_set = attributes_of(step) };
	bool recursive = step->recursive && !step->readonly_top_only;
	if (attr.attr_set && mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr) < 0)
		return -1;
	attr = (struct mount_attr){ .propagation = kinds[step->propagation & 15] };
	return mount_setattr(fd, "", AT_EMPTY_PATH | (step->propagation & 16 ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

/*
 * Whether a mount may cover `target`. A plan says so by naming a place in /proc; a link of the image or of a volume that
 * leads there does not (CVE-2019-16884).
 */
static int check_target(const struct mount_step *step, int target, struct error *error)
{
	if (!on_filesystem(target, PROC_SUPER_MAGIC) || !strncmp(step->destination, "/proc/", 6))
		return 0;
	return fail_plain(error, FAIL_BAD_MOUNT, "mounting on %.100s, which is inside /proc, is not allowed",
			  step->destination);
}

static int attach_bind(const struct mount_step *step, int fd, int root, struct error *error)
{
	struct stat info;
	if (fstat(fd, &info) < 0)
		return fail(error, FAIL_BAD_MOUNT, "reading %.100s", step->source);
	autoclose int target = S_ISDIR(info.st_mode) ? make_directory_in_root(root, step->destination, 0755)
						     : make_file_in_root(root, step->destination);
	if (target < 0)
		return fail(error, FAIL_BAD_MOUNT, "making the mount point %.100s", step->destination);
	if (check_target(step, target, error) < 0)
		return -1;
	if (finish_bind(step, fd) < 0 || attach(fd, target) < 0)
		return fail(error, FAIL_BAD_MOUNT, "mounting %.100s on %.90s", step->source, step->destination);
	return 0;
}

/* ------------------------------------------------------------------------------------------------- the rest */

/*
 * A process namespace's own view in cgroup v1: an empty tmpfs with the container's own directory of each hierarchy
 * bound into it. In v2 one cgroup2 mount, rooted by the cgroup namespace.
 */
static int mount_cgroup(const struct mount_step *step, const struct launch_plan *plan, int target)
{
	struct statfs host;
	if (statfs("/sys/fs/cgroup", &host) < 0)
		return -1;
	if (host.f_type == CGROUP2_SUPER_MAGIC) {
		autoclose int fd = make_filesystem("cgroup2", "", NULL, attributes_of(step));
		return fd < 0 ? -1 : attach(fd, target);
	}
	autoclose int fd = make_filesystem("tmpfs", "mode=755,size=64k", NULL, attributes_of(step) & ~MOUNT_ATTR_RDONLY);
	if (fd < 0 || attach(fd, target) < 0)
		return -1;
	static const char prefix[] = "/sys/fs/cgroup/";
	for (uint32_t i = 0; i < plan->cgroup_count; i++) {
		const char *path = plan->cgroups[i].path;
		char name[64];
		if (strncmp(path, prefix, sizeof prefix - 1) != 0)
			continue;
		path += sizeof prefix - 1;
		size_t length = strcspn(path, "/");
		if (length == 0 || length >= sizeof name)
			continue;
		memcpy(name, path, length);
		name[length] = '\0';
		if (mkdirat(fd, name, 0755) < 0 && errno != EEXIST)
			return -1;
		struct mount_step bind = *step;
		bind.source = plan->cgroups[i].path;
		bind.data = "";
		bind.recursive = false;
		autoclose int tree = clone_bind(&bind);
		autoclose int place = openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (tree < 0 || place < 0 || finish_bind(&bind, tree) < 0 || attach(tree, place) < 0)
			return -1;
	}
	struct mount_attr attr = { .attr_set = step->readonly ? MOUNT_ATTR_RDONLY : 0 };
	return mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr);
}

static int mount_sysfs(const struct mount_step *step)
{
	int fd = make_filesystem("sysfs", step->data, NULL, attributes_of(step));
	if (fd >= 0 || errno != EPERM)
		return fd;
	/* The network namespace belongs to another user namespace: only the host's own view may be had. */
	struct mount_step bind = *step;
	bind.source = "/sys";
	bind.data = "";
	bind.recursive = true;
	bind.propagation = 16;
	fd = clone_bind(&bind);
	if (fd >= 0 && finish_bind(&bind, fd) < 0)
		close_fd(&fd);
	return fd;
}

/* The layers of an image as one read-only tree: `lowerdir=A:B:...`, topmost first. */
static int mount_layers(const struct mount_step *step)
{
	static const char key[] = "lowerdir=";
	const char *items[501];
	struct strings lower = { .items = items };
	autofree char *copy = strdup(step->data);
	char *rest = NULL;
	if (!copy || strncmp(copy, key, sizeof key - 1) != 0) {
		errno = copy ? EINVAL : ENOMEM;
		return -1;
	}
	for (char *path = strtok_r(copy + sizeof key - 1, ":", &rest); path; path = strtok_r(NULL, ":", &rest)) {
		/* overlayfs takes no more. */
		if (lower.count == COUNT_OF(items) - 1) {
			errno = E2BIG;
			return -1;
		}
		items[lower.count++] = path;
	}
	struct launch_plan plan = { .lower = lower, .upper = "", .work = "" };
	autoclose int fd = overlay_by_fsconfig(&plan, in_user_namespace());
	struct mount_attr attr = { .attr_set = attributes_of(step) | MOUNT_ATTR_RDONLY };
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return -1;
	return take_fd(&fd);
}

static int mount_special(const struct mount_step *step, const struct launch_plan *plan, struct rootfs *rootfs,
			 struct error *error)
{
	bool proc = !strcmp(step->type, "proc");
	autoclose int target = make_directory_in_root(rootfs->root, step->destination, 0755);
	if (target >= 0 && (proc || !strncmp(step->destination, "/dev", 4) || !strncmp(step->destination, "/sys", 4))) {
		/* An image may hold a link in place of the directory, to lead what follows elsewhere. */
		close_fd(&target);
		target = open_in_root_no_symlinks(rootfs->root, step->destination, O_PATH | O_DIRECTORY);
	}
	if (target < 0)
		return fail(error, FAIL_BAD_MOUNT, "making the mount point %.100s", step->destination);
	if (proc && strcmp(step->destination, "/proc") != 0)
		return fail_plain(error, FAIL_BAD_MOUNT, "procfs can only be mounted on /proc");
	if (check_target(step, target, error) < 0)
		return -1;
	if (!strcmp(step->type, "cgroup"))
		return mount_cgroup(step, plan, target) < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting the cgroups") : 0;
	autoclose int fd = -1;
	if (!strcmp(step->type, "devpts")) {
		fd = make_filesystem("devpts", step->data, NULL, attributes_of(step));
		if (fd < 0 && errno == EINVAL)
			fd = make_filesystem("devpts", step->data, "gid", attributes_of(step));
	} else if (!strcmp(step->type, "sysfs")) {
		fd = mount_sysfs(step);
	} else if (!strcmp(step->type, "overlay")) {
		fd = mount_layers(step);
	} else if (proc || !strcmp(step->type, "tmpfs") || !strcmp(step->type, "mqueue")) {
		fd = make_filesystem(step->type, step->data, NULL, attributes_of(step));
	} else {
		fd = make_filesystem_of(step->type, step->source, step->data, NULL, attributes_of(step));
	}
	if (fd < 0 || attach(fd, target) < 0)
		return fail(error, FAIL_BAD_MOUNT, "mounting %s on %.100s", step->type, step->destination);
	if (!strcmp(step->type, "devpts"))
		rootfs->pts = take_fd(&fd);
	return 0;
}

/* Binds are cloned while the host's tree still has its propagation, so that "shared" has a peer to share with. */
static int *clone_binds(const struct launch_plan *plan, struct error *error)
{
	int *binds = calloc(plan->mount_count + 1, sizeof *binds);
	if (!binds) {
		fail(error, FAIL_INTERNAL, "memory for mounts");
		return NULL;
	}
	for (uint32_t i = 0; i < plan->mount_count; i++) {
		binds[i] = -1;
		if (strcmp(plan->mounts[i].type, "bind") != 0)
			continue;
		binds[i] = clone_bind(&plan->mounts[i]);
		if (binds[i] < 0) {
			fail(error, FAIL_BAD_MOUNT, "opening the mount source %.120s%s%.60s", plan->mounts[i].source,
			     plan->mounts[i].data[0] ? "/" : "", plan->mounts[i].data);
			free(binds);
			return NULL;
		}
	}
	return binds;
}

static int leave_host_propagation(struct error *error)
{
	/* Slave, not private: what the host unmounts must not stay busy here. */
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(error, FAIL_INTERNAL, "making the mounts slaves of the host's");
	return 0;
}

static int attach_all(const struct launch_plan *plan, const int *binds, struct rootfs *rootfs, struct error *error)
{
	for (uint32_t i = 0; i < plan->mount_count; i++) {
		const struct mount_step *step = &plan->mounts[i];
		int result = binds[i] >= 0 ? attach_bind(step, binds[i], rootfs->root, error)
					   : mount_special(step, plan, rootfs, error);
		if (result < 0)
			return -1;
	}
	return 0;
}

int rootfs_build(const struct launch_plan *plan, struct rootfs *rootfs, struct error *error)
{
	*rootfs = (struct rootfs){ .root = -1, .proc = -1, .pts = -1 };
	autofree int *binds = clone_binds(plan, error);
	if (!binds || leave_host_propagation(error) < 0)
		return -1;
	rootfs->proc = make_filesystem("proc", "", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (rootfs->proc < 0)
		return fail(error, FAIL_BAD_MOUNT, "making a procfs");
	rootfs->root = mount_overlay(plan, error);
	if (rootfs->root < 0 || attach_all(plan, binds, rootfs, error) < 0)
		return -1;
	return devices_make(plan, rootfs->root, error);
}

int rootfs_build_view(const struct launch_plan *plan, struct rootfs *rootfs, struct error *error)
{
	*rootfs = (struct rootfs){ .root = -1, .proc = -1, .pts = -1 };
	autofree int *binds = clone_binds(plan, error);
	if (!binds || leave_host_propagation(error) < 0)
		return -1;
	rootfs->root = mount_overlay(plan, error);
	if (rootfs->root < 0 || attach_all(plan, binds, rootfs, error) < 0)
		return -1;
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	if (plan->root_readonly && mount_setattr(rootfs->root, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return fail(error, FAIL_BAD_MOUNT, "making the root read-only");
	return 0;
}

int rootfs_open_source(const struct mount_step *step, struct error *error)
{
	int fd = strcmp(step->type, "bind") == 0
			 ? clone_bind(step)
			 : make_filesystem_of(step->type, step->source, step->data, NULL, attributes_of(step));
	return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting %.100s (%.60s)", step->source, step->type) : fd;
}

int rootfs_open_lower(const struct strings *lower, struct error *error)
{
	/* A single layer needs no overlay, and overlayfs takes none without an upper directory. */
	if (lower->count == 1) {
		int fd = open(lower->items[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "opening a layer") : fd;
	}
	if (unshare(CLONE_NEWNS) < 0)
		return fail(error, FAIL_INTERNAL, "making a mount namespace");
	if (leave_host_propagation(error) < 0)
		return -1;
	struct launch_plan plan = { .lower = *lower, .upper = "", .work = "" };
	bool user_xattr = in_user_namespace();
	int fd = overlay_by_fsconfig(&plan, user_xattr);
	if (fd < 0 && (errno == EINVAL || errno == ENOSYS)) {
		autoclose int target = open(lower->items[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = target < 0 ? -1 : overlay_by_mount(&plan, user_xattr ? ",userxattr" : "", target);
	}
	return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting the layers") : fd;
}

int rootfs_bind_console(const struct rootfs *rootfs, int terminal, struct error *error)
{
	autoclose int dev = open_in_root_no_symlinks(rootfs->root, "/dev", O_PATH | O_DIRECTORY);
	if (dev < 0)
		return fail(error, FAIL_BAD_MOUNT, "opening /dev");
	autoclose int made = openat(dev, "console", O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	autoclose int target = openat(dev, "console", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	autoclose int tree = (int)syscall(SYS_open_tree, terminal, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (target < 0 || tree < 0 || attach(tree, target) < 0)
		return fail(error, FAIL_BAD_MOUNT, "binding the terminal to /dev/console");
	return 0;
}

static int cover(int source_fd, int target_fd, bool readonly, bool recursive)
{
	unsigned reach = recursive ? AT_RECURSIVE : 0;
	autoclose int tree =
		(int)syscall(SYS_open_tree, source_fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | reach);
	struct mount_attr attr = { .attr_set = readonly ? MOUNT_ATTR_RDONLY : 0, .propagation = MS_PRIVATE };
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH | reach, &attr, sizeof attr) < 0)
		return -1;
	return attach(tree, target_fd);
}

static int mask(const struct rootfs *rootfs, const char *path, int null_fd, int *empty)
{
	autoclose int target = open_in_root(rootfs->root, path, O_PATH);
	struct stat info;
	if (target < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	if (fstat(target, &info) < 0)
		return -1;
	if (!S_ISDIR(info.st_mode))
		return cover(null_fd, target, false, false);
	/* One empty directory serves all: the first use attaches it, the later ones clone it. */
	if (*empty >= 0)
		return cover(*empty, target, true, false);
	*empty = make_filesystem("tmpfs", "size=0,mode=755", NULL,
				 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return *empty < 0 ? -1 : attach(*empty, target);
}

int rootfs_restrict(const struct launch_plan *plan, const struct rootfs *rootfs, int null_fd, struct error *error)
{
	autoclose int empty = -1;
	for (uint32_t i = 0; i < plan->readonly_paths.count; i++) {
		autoclose int target = open_in_root(rootfs->root, plan->readonly_paths.items[i], O_PATH);
		if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (target < 0 || cover(target, target, true, true) < 0)
			return fail(error, FAIL_BAD_MOUNT, "making %.100s read-only", plan->readonly_paths.items[i]);
	}
	for (uint32_t i = 0; i < plan->masked_paths.count; i++)
		if (mask(rootfs, plan->masked_paths.items[i], null_fd, &empty) < 0)
			return fail(error, FAIL_BAD_MOUNT, "masking %.100s", plan->masked_paths.items[i]);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	if (plan->root_readonly && mount_setattr(rootfs->root, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return fail(error, FAIL_BAD_MOUNT, "making the root read-only");
	return 0;
}

int rootfs_write_sysctls(const struct rootfs *rootfs, const struct sysctls *sysctls, struct error *error)
{
	for (uint32_t i = 0; i < sysctls->count; i++) {
		const struct sysctl_step *step = &sysctls->items[i];
		char path[256];
		if ((size_t)snprintf(path, sizeof path, "sys/%s", step->name) >= sizeof path)
			return fail_plain(error, FAIL_INTERNAL, "the sysctl name is too long");
		/* As sysctl(8): dots separate, and a slash stands for a dot inside a name (an interface "eth0.1"). */
		for (char *at = path + 4; *at; at++)
			*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
		autoclose int fd = sys_openat2(rootfs->proc, path, O_WRONLY, 0,
					       RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
						       RESOLVE_NO_SYMLINKS);
		size_t size = strlen(step->value);
		if (fd < 0 || !on_filesystem(fd, PROC_SUPER_MAGIC) || write(fd, step->value, size) != (ssize_t)size)
			return fail(error, FAIL_INTERNAL, "setting sysctl %.60s to %.60s", step->name, step->value);
	}
	return 0;
}

int rootfs_pivot(const struct rootfs *rootfs, struct error *error)
{
	/* pivot_root(".", ".") stacks the old root over the new one, so no directory for it is needed (pivot_root(2)). */
	if (fchdir(rootfs->root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return fail(error, FAIL_INTERNAL, "changing the root");
	return 0;
}
