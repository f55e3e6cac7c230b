#include "devices.h"

#include "paths.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

/* Where nodes may not be made (user namespaces) the host's own node is bound, if it is the one that is meant. */
static int bind_device(const struct device_step *step, int parent, const char *name)
{
	autoclose int host = open(step->source, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat info;
	if (host < 0 || fstat(host, &info) < 0)
		return -1;
	if (info.st_rdev != makedev(step->major, step->minor) || !(S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))) {
		errno = ENODEV;
		return -1;
	}
	autoclose int made = openat(parent, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
	autoclose int target = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	autoclose int tree = (int)syscall(SYS_open_tree, host, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	/* What the host mounts over its node later is none of the container's. */
	struct mount_attr attr = { .propagation = MS_PRIVATE };
	if (made < 0 || target < 0 || tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return -1;
	return move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int make_device(const struct device_step *step, int root)
{
	char name[NAME_MAX + 1];
	autoclose int parent = make_parent_in_root(root, step->path, name);
	if (parent < 0)
		return -1;
	mode_t mode = (step->mode & 0777) | (step->type == 'b' ? S_IFBLK : S_IFCHR);
	if (mknodat(parent, name, mode, makedev(step->major, step->minor)) == 0)
		return fchownat(parent, name, step->uid, step->gid, AT_SYMLINK_NOFOLLOW);
	return errno == EPERM ? bind_device(step, parent, name) : -1;
}

int devices_make(const struct launch_plan *plan, int root, struct error *error)
{
	static const char *const links[][2] = {
		{ "fd", "/proc/self/fd" },     { "stdin", "/proc/self/fd/0" }, { "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" }, { "core", "/proc/kcore" },    { "ptmx", "pts/ptmx" },
	};
	bool has_dev = false;
	for (uint32_t i = 0; i < plan->mount_count; i++)
		has_dev |= !strcmp(plan->mounts[i].destination, "/dev") && !strcmp(plan->mounts[i].type, "tmpfs");
	if (!has_dev && plan->device_count > 0)
		return fail_plain(error, FAIL_BAD_MOUNT, "devices need a tmpfs on /dev");
	if (!has_dev)
		return 0;
	for (uint32_t i = 0; i < plan->device_count; i++)
		if (make_device(&plan->devices[i], root) < 0)
			return fail(error, FAIL_BAD_MOUNT, "making the device %.100s", plan->devices[i].path);
	autoclose int dev = open_in_root_no_symlinks(root, "/dev", O_PATH | O_DIRECTORY);
	if (dev < 0)
		return fail(error, FAIL_BAD_MOUNT, "opening /dev");
	/* The links of a kernel without /proc/kcore lead to no core (runtime-spec, "Dev symbolic links"). */
	bool has_core = access("/proc/kcore", F_OK) == 0;
	for (unsigned i = 0; i < COUNT_OF(links); i++)
		if ((has_core || strcmp(links[i][0], "core") != 0) && symlinkat(links[i][1], dev, links[i][0]) < 0 && errno != EEXIST)
			return fail(error, FAIL_BAD_MOUNT, "making the link /dev/%s", links[i][0]);
	return 0;
}
