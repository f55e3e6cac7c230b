#include "paths.h"
#include "copy.h"

#include "overlay.h"
#include "tree.h"

#include <dirent.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DEPTH_MAX 1000

static int copy_attributes(int from, int to)
{
	static char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
	ssize_t size = flistxattr(from, names, sizeof names);
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		ssize_t length = fgetxattr(from, name, value, sizeof value);
		/* Where a thing is decides on its SELinux label. */
		if (!strncmp(name, "trusted.overlay.", 16) || !strncmp(name, "user.overlay.", 13) ||
		    !strcmp(name, "security.selinux"))
			continue;
		/* What the target's filesystem does not keep, or is not ours to set, stays behind. */
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
	/* Shared with the original where the filesystem can. */
	if (ioctl(to, FICLONE, from) == 0)
		return copy_metadata(from, to, &info);
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

/* Clears the way for an entry of an upper layer: only a directory stays under a directory. */
static int make_way(int to, const char *name, const struct stat *info)
{
	struct stat present;
	if (fstatat(to, name, &present, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return S_ISDIR(present.st_mode) && S_ISDIR(info->st_mode) ? 0 : tree_remove_at(to, name);
}

static int copy_directory(int from, int to, enum copy_kind kind, int depth);

static int copy_entry(int from, const char *name, int to, enum copy_kind kind, int depth)
{
	struct stat info;
	if (fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	const char *hidden = kind == COPY_LAYER ? overlay_hidden_name(name, &info) : NULL;
	if (hidden)
		return *hidden ? tree_remove_at(to, hidden) : 0;
	if (kind == COPY_LAYER && make_way(to, name, &info) < 0)
		return -1;
	if (S_ISREG(info.st_mode))
		return copy_file(from, name, to);
	if (!S_ISDIR(info.st_mode))
		return copy_node(from, name, to, &info);
	if (depth == DEPTH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	autoclose int below = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (below >= 0 && kind == COPY_LAYER && overlay_is_opaque(below) && tree_remove_at(to, name) < 0)
		return -1;
	if (mkdirat(to, name, 0700) < 0 && errno != EEXIST)
		return -1;
	autoclose int made = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return below < 0 || made < 0 ? -1 : copy_directory(below, made, kind, depth + 1);
}

static int copy_directory(int from, int to, enum copy_kind kind, int depth)
{
	struct stat info;
	DIR *listing = open_listing(from);
	if (!listing)
		return -1;
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = copy_entry(from, entry->d_name, to, kind, depth);
	int saved = errno;
	closedir(listing);
	errno = saved;
	if (result < 0 || fstat(from, &info) < 0)
		return -1;
	return copy_metadata(from, to, &info);
}

int copy_tree(int from, int to, enum copy_kind kind)
{
	return copy_directory(from, to, kind, 0);
}
