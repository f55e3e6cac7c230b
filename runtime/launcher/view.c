#include "view.h"

#include "mounts.h"
#include "paths.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/mount.h>
#include <sys/syscall.h>

void decode_view(struct reader *reader, struct view *view)
{
	*view = (struct view){ 0 };
	if (read_bool(reader)) {
		view->target = (pid_t)read_u32(reader);
		view->target_start_time = read_u64(reader);
		view->bare = read_bool(reader);
		if (view->target == 0)
			reader->bad = true;
		return;
	}
	view->tree.lower = read_strings(reader);
	view->tree.upper = read_string(reader);
	view->tree.work = read_string(reader);
	view->tree.root_readonly = read_bool(reader);
	view->tree.mounts = decode_mount_steps(reader, &view->tree.mount_count);
}

/* A walk holds a descriptor for each level of a tree. */
static void allow_many_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int enter_running(const struct view *view, struct entered *entered, struct error *error)
{
	autoclose int target = open_process(view->target, view->target_start_time, error);
	if (target < 0)
		return -1;
	if (setns(target, CLONE_NEWNS) < 0)
		return fail(error, errno == ESRCH ? FAIL_PROCESS_GONE : FAIL_INTERNAL, "joining the container's mount namespace");
	unsigned clone = view->bare ? OPEN_TREE_CLONE : 0;
	entered->root = (int)syscall(SYS_open_tree, AT_FDCWD, "/", clone | OPEN_TREE_CLOEXEC);
	return entered->root < 0 ? fail(error, FAIL_INTERNAL, "opening the container's root") : 0;
}

static int enter_stopped(const struct view *view, struct entered *entered, struct error *error)
{
	struct rootfs rootfs = { .root = -1, .proc = -1, .pts = -1 };
	if (unshare(CLONE_NEWNS) < 0)
		return fail(error, FAIL_INTERNAL, "making a mount namespace");
	if (rootfs_build_view(&view->tree, &rootfs, error) < 0 || rootfs_pivot(&rootfs, error) < 0)
		return -1;
	entered->root = rootfs.root;
	return 0;
}

int view_enter(const struct view *view, struct entered *entered, struct error *error)
{
	allow_many_descriptors();
	umask(0);
	entered->root = -1;
	entered->descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (entered->descriptors < 0)
		return fail(error, FAIL_INTERNAL, "opening /proc/self/fd");
	return view->target ? enter_running(view, entered, error) : enter_stopped(view, entered, error);
}

int view_path_of(const struct entered *entered, int fd, char path[PATH_MAX])
{
	char name[16];
	snprintf(name, sizeof name, "%d", fd);
	ssize_t n = readlinkat(entered->descriptors, name, path, PATH_MAX - 1);
	if (n <= 0)
		return -1;
	path[n] = '\0';
	return path[0] == '/' ? 0 : -1;
}
