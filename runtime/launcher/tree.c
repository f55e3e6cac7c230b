#include "tree.h"

#include "paths.h"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* Deeper trees are taken in several rounds; each level holds one descriptor. */
#define DEPTH_MAX 512

static int empty_directory(int fd, dev_t device, int depth);

static int remove_entry(int parent, const char *name, dev_t device, int depth)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	autoclose int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
		fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return errno == ENOENT ? 0 : -1;
	if (info.st_dev != device) {
		errno = EBUSY; /* something is mounted there: it is not part of the tree */
		return -1;
	}
	if (empty_directory(fd, device, depth + 1) < 0)
		return -1;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

static int empty_directory(int fd, dev_t device, int depth)
{
	if (depth > DEPTH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* Removing while listing may skip entries, so it is listed again until a round finds nothing. */
	for (bool found = true; found;) {
		found = false;
		DIR *listing = open_listing(fd);
		if (!listing)
			return -1;
		for (struct dirent *entry; (entry = readdir(listing));) {
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			found = true;
			if (remove_entry(fd, entry->d_name, device, depth) < 0) {
				int saved = errno;
				closedir(listing);
				errno = saved;
				return -1;
			}
		}
		closedir(listing);
	}
	return 0;
}

int tree_remove(const char *path, struct error *error)
{
	if (path[0] != '/' || path[1] == '\0')
		return fail_plain(error, FAIL_INTERNAL, "not a tree that may be removed: %.150s", path);
	struct stat info;
	if (lstat(path, &info) < 0)
		return errno == ENOENT ? 0 : fail(error, FAIL_INTERNAL, "removing %.150s", path);
	if (remove_entry(AT_FDCWD, path, info.st_dev, 0) < 0)
		return fail(error, FAIL_INTERNAL, "removing %.150s", path);
	return 0;
}

int tree_remove_at(int parent, const char *name)
{
	struct stat info;
	if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return remove_entry(parent, name, info.st_dev, 0);
}

int tree_make_directory(const char *path, mode_t mode, struct error *error)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	if (path[0] != '/' || slash[1] == '\0' || (size_t)(slash - path) >= sizeof parent)
		return fail_plain(error, FAIL_INTERNAL, "not an absolute path of a directory: %.150s", path);
	snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
	umask(0);
	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == ENOENT && parent[0] && make_host_directories(parent, 0711) == 0 && mkdir(path, mode) == 0)
		return 0;
	struct stat info;
	if (errno == EEXIST && lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return chmod(path, mode) < 0 ? fail(error, FAIL_INTERNAL, "setting the mode of %.150s", path) : 0;
	return fail(error, FAIL_INTERNAL, "making the directory %.150s", path);
}

void tree_spread(const struct strings *paths)
{
	for (uint32_t i = 0; i < paths->count; i++) {
		autoclose int fd = open(paths->items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		int flags;
		if (fd < 0 || !on_filesystem(fd, EXT4_SUPER_MAGIC) || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ||
		    (flags & FS_TOPDIR_FL))
			continue;
		flags |= FS_TOPDIR_FL;
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
}
