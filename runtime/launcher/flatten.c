#include "flatten.h"

#include "copy.h"
#include "mounts.h"
#include "overlay.h"
#include "paths.h"
#include "tree.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

int flatten_layers(const struct strings *lower, const char *target, struct error *error)
{
	autoclose int to = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (to < 0)
		return fail(error, FAIL_INTERNAL, "opening %.150s", target);
	umask(0);
	for (uint32_t i = lower->count; i-- > 0;) {
		autoclose int from = open(lower->items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (from < 0 || copy_tree(from, to, COPY_LAYER) < 0)
			return fail(error, FAIL_INTERNAL, "copying the layer %.150s", lower->items[i]);
	}
	return 0;
}

static int make_below(const char *place, const char *name, char path[PATH_MAX])
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", place, name) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return mkdir(path, 0755);
}

int flatten_probe_overlay(const char *place, struct error *error)
{
	char lower[PATH_MAX], upper[PATH_MAX], work[PATH_MAX], kept[PATH_MAX];
	if (make_below(place, "lower", lower) < 0 || make_below(place, "upper", upper) < 0 ||
	    make_below(place, "work", work) < 0 || make_below(place, "lower/kept", kept) < 0)
		return fail(error, FAIL_INTERNAL, "making directories in %.150s", place);
	const char *layers[] = { lower, NULL };
	struct launch_plan plan = { .lower = { .count = 1, .items = layers }, .upper = upper, .work = work };
	struct rootfs rootfs;
	if (unshare(CLONE_NEWNS) < 0)
		return fail(error, FAIL_INTERNAL, "making a mount namespace");
	if (rootfs_build_view(&plan, &rootfs, error) < 0)
		return -1;
	/* A whiteout, and a directory that hides the one it replaces: both need support of the filesystem below. */
	if (unlinkat(rootfs.root, "kept", AT_REMOVEDIR) < 0 || mkdirat(rootfs.root, "kept", 0700) < 0)
		return fail(error, FAIL_INTERNAL, "working in an overlay");
	return 0;
}
