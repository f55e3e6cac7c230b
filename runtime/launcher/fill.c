#include "fill.h"

#include "paths.h"

#include <dirent.h>
#include <linux/limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define DEPTH_MAX 1000

static int copy_attributes(int from, int to)
{
	static char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
	ssize_t size = flistxattr(from, names, sizeof names);
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		ssize_t length = fgetxattr(from, name, value, sizeof value);
		/* What the volume's filesystem does not keep, or is not ours to set, stays behind. */
		if (length >= 0 && fsetxattr(to, name, value, (size_t)length, 0) < 0 && errno != ENOTSUP && errno != EPERM)
			return -1;
	}
	return 0;
}

/* Owner before mode, because chown(2) clears set-user-ID, and before attributes, because it clears capabilities. */
static int copy_metadata(int from, int to, const struct stat *info)
{
	const struct timespec times[2] = { info->st_atim, info->st_mtim };
	return fchown(to, info->st_uid, info->st_gid) < 0 || fchmod(to, info->st_mode & 07777) < 0 ||
			       copy_attributes(from, to) < 0 || futimens(to, times) < 0
		       ? -1
		       : 0;
}

static int copy_file(int from_dir, const char *name, int to_dir)
{
	autoclose int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	autoclose int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat info;
	if (from < 0 || to < 0 || fstat(from, &info) < 0)
		return -1;
	ssize_t n;
	/* 1 GiB at a time: the kernel takes no more than INT_MAX. */
	while ((n = RETRY(sendfile(to, from, NULL, 1u << 30))) > 0)
		;
	return n < 0 ? -1 : copy_metadata(from, to, &info);
}

static int copy_node(int from_dir, const char *name, int to_dir, const struct stat *info)
{
	if (S_ISLNK(info->st_mode)) {
		char target[PATH_MAX];
		ssize_t n = readlinkat(from_dir, name, target, sizeof target - 1);
		if (n < 0)
			return -1;
		target[n] = '\0';
		if (symlinkat(target, to_dir, name) < 0)
			return -1;
	} else {
		if (S_ISSOCK(info->st_mode))
			return 0;
		/* Devices cannot be made in a user namespace. */
		if (mknodat(to_dir, name, (info->st_mode & S_IFMT) | 0600, info->st_rdev) < 0)
			return errno == EPERM ? 0 : -1;
		if (fchmodat(to_dir, name, info->st_mode & 07777, 0) < 0)
			return -1;
	}
	const struct timespec times[2] = { info->st_atim, info->st_mtim };
	return fchownat(to_dir, name, info->st_uid, info->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
			       utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0
		       ? -1
		       : 0;
}

static int copy_directory(int from, int to, int depth)
{
	struct stat info;
	int copy = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	if (!listing) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
		const char *name = entry->d_name;
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) < 0) {
			result = -1;
		} else if (S_ISREG(info.st_mode)) {
			result = copy_file(from, name, to);
		} else if (S_ISDIR(info.st_mode)) {
			autoclose int below = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			autoclose int made = mkdirat(to, name, 0700) < 0
						     ? -1
						     : openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (depth == DEPTH_MAX)
				errno = ENAMETOOLONG;
			result = below < 0 || made < 0 || depth == DEPTH_MAX ? -1 : copy_directory(below, made, depth + 1);
		} else {
			result = copy_node(from, name, to, &info);
		}
	}
	int saved = errno;
	closedir(listing);
	errno = saved;
	if (result < 0 || fstat(from, &info) < 0)
		return -1;
	return copy_metadata(from, to, &info);
}

/* Nothing in it but what mkfs(8) puts there. */
static bool is_empty(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	if (!listing) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	bool empty = true;
	for (struct dirent *entry; empty && (entry = readdir(listing));)
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || !strcmp(entry->d_name, "lost+found");
	closedir(listing);
	return empty;
}

int fill_volume(int root, const char *path, int volume, struct error *error)
{
	autoclose int to = openat(volume, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	autoclose int from = open_in_root(root, path, O_RDONLY | O_DIRECTORY);
	if (from < 0 || to < 0)
		return 0; /* A file, or nothing: a volume has no use for it. */
	if (!is_empty(to))
		return 0;
	if (copy_directory(from, to, 0) < 0)
		return fail(error, FAIL_INTERNAL, "copying the image's %.150s to a volume", path);
	return 0;
}
