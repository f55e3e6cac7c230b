#include "mounts.h"

#include "devices.h"
#include "mount-steps.h"
#include "paths.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Without a work directory the upper one is a whole copy of the image, mounted on itself to be a mount at all. */
static int bind_copy(int directory, struct error *error)
{
	autoclose int tree =
		(int)syscall(SYS_open_tree, directory, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0 || mount_attach(tree, directory) < 0)
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
	autoclose int mounted = mount_overlay_new(plan, user_xattr);
	if (mounted >= 0)
		return mount_attach(mounted, target) < 0 ? fail(error, FAIL_BAD_MOUNT, "attaching the root filesystem")
						   : take_fd(&mounted);
	/* EINVAL: kernels before 6.8 have no lowerdir+, and a path over 255 bytes does not fit fsconfig anywhere. */
	if (errno != EINVAL && errno != ENOSYS)
		return fail(error, FAIL_BAD_MOUNT, "mounting the root filesystem");
	char extra[64];
	snprintf(extra, sizeof extra, ",index=off%s%s", user_xattr ? ",userxattr" : ",redirect_dir=off,metacopy=off",
		 plan->root_volatile ? ",volatile" : "");
	int fd = mount_overlay_old(plan, extra, target);
	return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting the root filesystem") : fd;
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
		binds[i] = mount_clone_bind(&plan->mounts[i]);
		if (binds[i] < 0) {
			fail(error, FAIL_BAD_MOUNT, "%s %.120s%s%.60s",
			     plan->mounts[i].data[0] ? "cannot access path" : "opening the mount source",
			     plan->mounts[i].source, plan->mounts[i].data[0] ? "/" : "", plan->mounts[i].data);
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
		int result = binds[i] >= 0 ? mount_attach_bind(step, binds[i], rootfs->root, error)
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
	rootfs->proc = mount_make("proc", "", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, "");
	/* The host's pid namespace is not an ordinary user's to make a procfs of. */
	if (rootfs->proc < 0 && errno == EPERM && plan->pid.kind == NAMESPACE_HOST)
		rootfs->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
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

/* The mount that `path` is on, alone: what is mounted here must not appear on the host, what the host shares still may. */
static int leave_propagation_of(const char *path, struct error *error)
{
	autoclose int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statx info;
	while (fd >= 0 && statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &info) == 0) {
		struct mount_attr attr = { .propagation = MS_SLAVE };
		if (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
			if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0)
				return 0;
			break;
		}
		int above = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close_fd(&fd);
		fd = above;
	}
	return fail(error, FAIL_BAD_MOUNT, "leaving the propagation of %.150s", path);
}

static int open_source(const struct mount_step *step, int place, const char *label, struct error *error)
{
	int fd = mount_open(step, place, label);
	return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting %.100s (%.60s)", step->source, step->type) : fd;
}

static int place_source(const struct mount_step *step, int places, uint32_t index, const char *label, struct error *error)
{
	char name[16];
	struct stat info;
	snprintf(name, sizeof name, "%u", index);
	autoclose int source = open_source(step, places, label, error);
	if (source < 0)
		return -1;
	if (fstat(source, &info) < 0)
		return fail(error, FAIL_BAD_MOUNT, "reading %.100s", step->source);
	autoclose int target = S_ISDIR(info.st_mode) ? make_directory_in_root(places, name, 0755)
						     : make_file_in_root(places, name);
	if (target < 0 || mount_attach(source, target) < 0)
		return fail(error, FAIL_BAD_MOUNT, "mounting %.100s", step->source);
	return 0;
}

int rootfs_build_for_runtime(const struct launch_plan *plan, int places, struct error *error)
{
	bool shares = false;
	for (uint32_t i = 0; i < plan->mount_count; i++)
		shares |= (plan->mounts[i].propagation & 15) == 2;
	if ((shares ? leave_propagation_of(plan->upper, error) : leave_host_propagation(error)) < 0)
		return -1;
	for (uint32_t i = 0; i < plan->mount_count; i++) {
		const struct mount_step *step = &plan->mounts[i];
		bool below = step->part[0] || (strcmp(step->type, "bind") == 0 && step->data[0]);
		/* What the host's network and devices are needed for was made before. */
		if ((below || step->made >= 0 || strcmp(step->type, "overlay") == 0) &&
		    place_source(step, places, i, mount_label_of(plan), error) < 0)
			return -1;
	}
	return mount_overlay(plan, error);
}

int rootfs_open_source(const struct mount_step *step, struct error *error)
{
	if (step->part[0])
		return fail_plain(error, FAIL_BAD_MOUNT, "a part of %.100s cannot be opened here", step->source);
	return open_source(step, -1, "", error);
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
	int fd = mount_overlay_new(&plan, user_xattr);
	if (fd < 0 && (errno == EINVAL || errno == ENOSYS)) {
		autoclose int target = open(lower->items[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = target < 0 ? -1 : mount_overlay_old(&plan, user_xattr ? ",userxattr" : "", target);
	}
	return fd < 0 ? fail(error, FAIL_BAD_MOUNT, "mounting the layers") : fd;
}

int rootfs_bind_console(const struct rootfs *rootfs, int terminal, bool make, struct error *error)
{
	autoclose int dev = open_in_root_no_symlinks(rootfs->root, "/dev", O_PATH | O_DIRECTORY);
	if (dev < 0)
		return fail(error, FAIL_BAD_MOUNT, "opening /dev");
	autoclose int made =
		make ? openat(dev, "console", O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	autoclose int target = openat(dev, "console", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (target < 0 && !make && errno == ENOENT)
		return 0;
	autoclose int tree = (int)syscall(SYS_open_tree, terminal, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (target < 0 || tree < 0 || mount_attach(tree, target) < 0)
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
	return mount_attach(tree, target_fd);
}

static int mask(const struct rootfs *rootfs, const char *path, int null_fd, int *empty, const char *label)
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
	*empty = mount_make("tmpfs", "size=0,mode=755", NULL,
				 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, label);
	return *empty < 0 ? -1 : mount_attach(*empty, target);
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
		if (mask(rootfs, plan->masked_paths.items[i], null_fd, &empty, mount_label_of(plan)) < 0)
			return fail(error, FAIL_BAD_MOUNT, "masking %.100s", plan->masked_paths.items[i]);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	if (plan->root_readonly && mount_setattr(rootfs->root, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return fail(error, FAIL_BAD_MOUNT, "making the root read-only");
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
