#include "mount-steps.h"

#include "paths.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

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

const char *mount_label_of(const struct launch_plan *plan)
{
	return plan->process.mount_label ? plan->process.mount_label : "";
}

/* Those that one label can be given to as a whole, also in a user namespace (selinux_set_mnt_opts in the kernel). */
static bool takes_label(const char *type)
{
	static const char *const types[] = { "tmpfs", "ramfs", "devpts", "overlay" };
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

/* Not by set_options(): a label has commas. */
static int set_label(int fs, const char *type, const char *label)
{
	return label[0] && takes_label(type) ? set_option(fs, "context", label) : 0;
}

/* A namespace has one filesystem of queues, which is there already: only its directory can still be labelled. */
static int label_queues(int mounted, const char *type, const char *label)
{
	char path[32];
	if (label[0] == '\0' || strcmp(type, "mqueue") != 0)
		return 0;
	snprintf(path, sizeof path, "/proc/self/fd/%d", mounted);
	return setxattr(path, "security.selinux", label, strlen(label) + 1, 0);
}

int mount_make_labelled(const char *type, const char *source, const char *data, const char *skip, unsigned attributes,
			const char *label)
{
	autoclose int fs = fsopen(type, FSOPEN_CLOEXEC);
	if (fs < 0 || set_option(fs, "source", source) < 0 || set_label(fs, type, label) < 0 ||
	    set_options(fs, data, skip) < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	autoclose int mounted = fsmount(fs, FSMOUNT_CLOEXEC, attributes);
	return mounted < 0 || label_queues(mounted, type, label) < 0 ? -1 : take_fd(&mounted);
}

int mount_make(const char *type, const char *data, const char *skip, unsigned attributes, const char *label)
{
	return mount_make_labelled(type, type, data, skip, attributes, label);
}

unsigned mount_attributes(const struct mount_step *step)
{
	return (step->readonly ? MOUNT_ATTR_RDONLY : 0) | (step->nosuid ? MOUNT_ATTR_NOSUID : 0) |
	       (step->nodev ? MOUNT_ATTR_NODEV : 0) | (step->noexec ? MOUNT_ATTR_NOEXEC : 0);
}

int mount_attach(int mount_fd, int target_fd)
{
	return move_mount(mount_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* ------------------------------------------------------------------------------------------------- overlay */

/* mount(2) takes one page of options; the layer directories are reached by short names of open descriptors. */
int mount_overlay_old(const struct launch_plan *plan, const char *extra, int target_fd)
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
	const char *label = mount_label_of(plan);
	used += (size_t)snprintf(options + used, sizeof options - used, "%s%s%s%s", extra, label[0] ? ",context=\"" : "",
				 label, label[0] ? "\"" : "");
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

/*
 * What a kernel or its administrator may have made the default, and what would make an upper directory say less than a
 * layer has to: a renamed directory with its contents left below (redirect_dir), a file with its bytes left below
 * (metacopy). With an index the kernel refuses an upper directory that becomes a layer while a mount of it still ends.
 * The first two are always off with `userxattr`, and must not be named there.
 */
static int set_upper_options(int fs, bool user_xattr)
{
	if (set_option(fs, "index", "off") < 0)
		return -1;
	return user_xattr || (set_option(fs, "redirect_dir", "off") == 0 && set_option(fs, "metacopy", "off") == 0) ? 0 : -1;
}

int mount_overlay_new(const struct launch_plan *plan, bool user_xattr)
{
	autoclose int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	if (fs < 0 || set_option(fs, "source", "overlay") < 0 || set_label(fs, "overlay", mount_label_of(plan)) < 0)
		return -1;
	for (uint32_t i = 0; i < plan->lower.count; i++)
		if (fsconfig(fs, FSCONFIG_SET_STRING, "lowerdir+", plan->lower.items[i], 0) < 0)
			return -1;
	if ((plan->upper[0] && (fsconfig(fs, FSCONFIG_SET_STRING, "upperdir", plan->upper, 0) < 0 ||
				fsconfig(fs, FSCONFIG_SET_STRING, "workdir", plan->work, 0) < 0 ||
				set_upper_options(fs, user_xattr) < 0)) ||
	    (user_xattr && set_option(fs, "userxattr", NULL) < 0) ||
	    (plan->root_volatile && set_option(fs, "volatile", NULL) < 0) ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, 0);
}

/* ------------------------------------------------------------------------------------------------- binds */

/* What a bind is made of: its source, or something below it that containers may have put links on the way to. */
int mount_open_bind_source(const struct mount_step *step)
{
	int fd = -1;
	if (step->source_without_links) {
		/* It was decided on by this path. */
		autoclose int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (host >= 0)
			fd = open_in_root_no_symlinks(host, step->source, O_PATH);
	} else {
		fd = open(step->source, O_PATH | O_CLOEXEC);
	}
	if (fd < 0 || step->data[0] == '\0')
		return fd;
	int below = open_in_root(fd, step->data, O_PATH);
	close_fd(&fd);
	return below;
}

int mount_clone_bind(const struct mount_step *step)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	autoclose int source = mount_open_bind_source(step);
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
	struct mount_attr attr = { .attr_set = mount_attributes(step) };
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

int mount_attach_bind(const struct mount_step *step, int fd, int root, struct error *error)
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
	if (finish_bind(step, fd) < 0 || mount_attach(fd, target) < 0)
		return fail(error, FAIL_BAD_MOUNT, "mounting %.100s on %.90s", step->source, step->destination);
	return 0;
}

/* ------------------------------------------------------------------------------------------------- the rest */

/*
 * A procfs shows a pid namespace, a sysfs a network namespace, and a cgroup2 a cgroup namespace. Of one that belongs to
 * another user namespace only the host's own view may be had.
 */
static int mount_view(const struct mount_step *step, const char *host)
{
	int fd = mount_make(step->type, step->data, NULL, mount_attributes(step), "");
	if (fd >= 0 || errno != EPERM)
		return fd;
	struct mount_step bind = *step;
	bind.source = host;
	bind.data = "";
	bind.recursive = true;
	bind.propagation = 16;
	fd = mount_clone_bind(&bind);
	if (fd >= 0 && finish_bind(&bind, fd) < 0)
		close_fd(&fd);
	return fd;
}

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
		struct mount_step unified = *step;
		unified.type = "cgroup2";
		unified.data = "";
		autoclose int fd = mount_view(&unified, "/sys/fs/cgroup");
		return fd < 0 ? -1 : mount_attach(fd, target);
	}
	autoclose int fd = mount_make("tmpfs", "mode=755,size=64k", NULL, mount_attributes(step) & ~MOUNT_ATTR_RDONLY,
				      mount_label_of(plan));
	if (fd < 0 || mount_attach(fd, target) < 0)
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
		autoclose int tree = mount_clone_bind(&bind);
		autoclose int place = openat(fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (tree < 0 || place < 0 || finish_bind(&bind, tree) < 0 || mount_attach(tree, place) < 0)
			return -1;
	}
	struct mount_attr attr = { .attr_set = step->readonly ? MOUNT_ATTR_RDONLY : 0 };
	return mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr);
}

/*
 * What lies at `path` in a tree that is not mounted yet. The kernel gives a part only of what is: for that moment the
 * tree covers `place`, a directory that nothing else of this mount namespace uses.
 */
static int part_of(int tree, int place, const char *path)
{
	if (mount_attach(tree, place) < 0)
		return -1;
	autoclose int found = open_in_root(tree, path, O_PATH);
	int part = found < 0 ? -1 : (int)syscall(SYS_open_tree, found, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	int why = errno;
	char covering[32];
	snprintf(covering, sizeof covering, "/proc/self/fd/%d", tree);
	if (umount2(covering, MNT_DETACH) < 0 && part >= 0) {
		close_fd(&part);
		return -1;
	}
	errno = why;
	return part;
}

/* By mount(2), which attaches what it mounts: it covers the topmost layer until it is cloned from there. */
static int mount_layers_old(const struct launch_plan *plan)
{
	autoclose int place = open(plan->lower.items[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	autoclose int covering =
		place < 0 ? -1 : mount_overlay_old(plan, in_user_namespace() ? ",userxattr" : "", place);
	if (covering < 0)
		return -1;
	int fd = (int)syscall(SYS_open_tree, covering, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	int why = errno;
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", covering);
	if (umount2(path, MNT_DETACH) < 0 && fd >= 0) {
		close_fd(&fd);
		return -1;
	}
	errno = why;
	return fd;
}

/* The layers of an image as one read-only tree: `lowerdir=A:B:...`, topmost first. */
static int mount_layers(const struct mount_step *step, const char *label)
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
	struct launch_plan plan = { .lower = lower, .upper = "", .work = "", .process.mount_label = label };
	autoclose int fd = mount_overlay_new(&plan, in_user_namespace());
	/* As of the root filesystem: kernels before 6.8, and paths over 255 bytes. */
	if (fd < 0 && (errno == EINVAL || errno == ENOSYS))
		fd = mount_layers_old(&plan);
	struct mount_attr attr = { .attr_set = mount_attributes(step) | MOUNT_ATTR_RDONLY };
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return -1;
	return take_fd(&fd);
}

int mount_open(const struct mount_step *step, int place, const char *label)
{
	if (!strcmp(step->type, "bind"))
		return mount_clone_bind(step);
	autoclose int made = -1;
	int tree = step->made;
	if (tree < 0)
		tree = made = !strcmp(step->type, "overlay")
				      ? mount_layers(step, label)
				      : mount_make_labelled(step->type, step->source, step->data, NULL,
							    mount_attributes(step), label);
	if (tree < 0 || step->part[0])
		return tree < 0 ? -1 : part_of(tree, place, step->part);
	return made >= 0 ? take_fd(&made) : fcntl(tree, F_DUPFD_CLOEXEC, 0);
}

/* What shows a namespace of the container's, or has nothing outside of itself. */
static bool is_of_container(const struct mount_step *step)
{
	static const char *const types[] = { "bind",  "overlay", "proc",   "sysfs",  "devpts", "mqueue",
					     "tmpfs", "cgroup",  "cgroup2", "ramfs", "securityfs" };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(step->type, types[i]))
			return true;
	return false;
}

int mounts_make_outside(const struct launch_plan *plan, struct error *error)
{
	for (uint32_t i = 0; i < plan->mount_count; i++) {
		struct mount_step *step = &plan->mounts[i];
		if (is_of_container(step))
			continue;
		step->made = mount_make_labelled(step->type, step->source, step->data, NULL, mount_attributes(step), "");
		if (step->made < 0)
			return fail(error, FAIL_BAD_MOUNT, "mounting %s on %.100s", step->type, step->destination);
	}
	return 0;
}

void mounts_close_outside(const struct launch_plan *plan)
{
	for (uint32_t i = 0; i < plan->mount_count; i++)
		close_fd(&plan->mounts[i].made);
}

int mount_special(const struct mount_step *step, const struct launch_plan *plan, struct rootfs *rootfs,
			 struct error *error)
{
	if (step->part[0]) {
		/* A file or a directory, as with a bind. */
		autoclose int part = mount_open(step, rootfs->root, mount_label_of(plan));
		return part < 0 ? fail(error, FAIL_BAD_MOUNT, "cannot access path %.100s of the %s", step->part,
				       !strcmp(step->type, "overlay") ? "image" : "volume")
				: mount_attach_bind(step, part, rootfs->root, error);
	}
	const char *label = mount_label_of(plan);
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
		fd = mount_make("devpts", step->data, NULL, mount_attributes(step), label);
		if (fd < 0 && errno == EINVAL)
			fd = mount_make("devpts", step->data, "gid", mount_attributes(step), label);
	} else if (!strcmp(step->type, "sysfs")) {
		fd = mount_view(step, "/sys");
	} else if (proc && plan->pid.kind == NAMESPACE_HOST) {
		fd = mount_view(step, "/proc");
	} else {
		fd = mount_open(step, -1, label);
	}
	if (fd < 0 || mount_attach(fd, target) < 0)
		return fail(error, FAIL_BAD_MOUNT, "mounting %s on %.100s", step->type, step->destination);
	if (!strcmp(step->type, "devpts"))
		rootfs->pts = take_fd(&fd);
	return 0;
}
