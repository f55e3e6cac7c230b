#include "tidy.h"

#include "overlay.h"
#include "paths.h"

#include <dirent.h>
#include <sys/stat.h>

/* A level of a tree costs a descriptor; deeper ones are refused whole. */
#define DEPTH_MAX 1000

static int drop_sockets(int fd, int depth);

static int drop_socket(int parent, const struct dirent *entry, int depth)
{
	unsigned char type = entry->d_type;
	struct stat info;
	if (type == DT_UNKNOWN) {
		if (fstatat(parent, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
		type = S_ISSOCK(info.st_mode) ? DT_SOCK : S_ISDIR(info.st_mode) ? DT_DIR : DT_REG;
	}
	if (type == DT_SOCK)
		return unlinkat(parent, entry->d_name, 0);
	if (type != DT_DIR)
		return 0;
	autoclose int fd = openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -1 : drop_sockets(fd, depth + 1);
}

static int drop_sockets(int fd, int depth)
{
	if (depth > DEPTH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	DIR *listing = open_listing(fd);
	if (!listing)
		return -1;
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = drop_socket(fd, entry, depth);
	closedir(listing);
	return result;
}

/* The parent of a path in the tree, and its last part; -1 when it is not there or a link leads to it. */
static int open_parent(int root, const char *path, const char **name)
{
	char parent[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	size_t length = slash ? (size_t)(slash - path) : 0;
	if (length >= sizeof parent) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (length > 0) {
		memcpy(parent, path, length);
		parent[length] = '\0';
	}
	return open_in_root_no_symlinks(root, parent, O_RDONLY | O_DIRECTORY);
}

/* What has something in it stays: of a directory the kernel says so itself. */
static int drop_empty(int root, const char *path)
{
	const char *name;
	autoclose int parent = open_parent(root, path, &name);
	struct stat info;
	if (parent < 0 || fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISREG(info.st_mode) && info.st_size == 0)
		return unlinkat(parent, name, 0);
	if (!S_ISDIR(info.st_mode) || unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? 0 : -1;
}

static int drop_mount_point(int upper, int lower, const char *path)
{
	const char *name;
	autoclose int parent = open_parent(upper, path, &name);
	struct stat info;
	if (parent < 0 || fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !overlay_is_mount_point(lower, path, parent, name, &info))
		return 0;
	return unlinkat(parent, name, S_ISDIR(info.st_mode) ? AT_REMOVEDIR : 0);
}

int overlay_tidy(int upper, int lower, const struct strings *stubs, struct error *error)
{
	/* No entry of the archive stands for the root; and the engine has to be able to move it. */
	if (fchown(upper, 0, 0) < 0 || fchmod(upper, 0755) < 0)
		return fail(error, FAIL_INTERNAL, "giving the root of a layer back");
	if (drop_sockets(upper, 0) < 0)
		return fail(error, FAIL_INTERNAL, "removing sockets from a layer");
	/* Each after what may be in it: stubs come with their parents before them. */
	for (uint32_t i = stubs->count; i-- > 0;)
		if (drop_empty(upper, stubs->items[i]) < 0)
			return fail(error, FAIL_INTERNAL, "removing the place of a mount, %.150s", stubs->items[i]);
	for (size_t i = OVERLAY_MOUNT_POINTS; i-- > 0;)
		if (drop_mount_point(upper, lower, overlay_mount_points[i]) < 0)
			return fail(error, FAIL_INTERNAL, "removing the place of a mount, %.150s", overlay_mount_points[i]);
	return 0;
}
