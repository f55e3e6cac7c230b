#include "paths.h"

#include <sys/stat.h>
#include <sys/vfs.h>

int open_in_root(int root_fd, const char *path, uint64_t flags)
{
	return sys_openat2(root_fd, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_in_root_no_symlinks(int root_fd, const char *path, uint64_t flags)
{
	return sys_openat2(root_fd, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
}

/* Splits "/a/b/c/" into "/a/b" and "c". -1 for the root itself and for "." and "..". */
static int split(const char *path, char *parent, size_t parent_size, char name[NAME_MAX + 1])
{
	size_t end = strlen(path);
	while (end > 0 && path[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	size_t length = end - start;
	if (length == 0 || length > NAME_MAX || start >= parent_size) {
		errno = length > NAME_MAX ? ENAMETOOLONG : EINVAL;
		return -1;
	}
	memcpy(name, path + start, length);
	name[length] = '\0';
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		errno = EINVAL;
		return -1;
	}
	memcpy(parent, path, start);
	parent[start] = '\0';
	return 0;
}

int make_parent_in_root(int root_fd, const char *path, char name[NAME_MAX + 1])
{
	char parent[PATH_MAX];
	if (split(path, parent, sizeof parent, name) < 0)
		return -1;
	return make_directory_in_root(root_fd, parent[0] ? parent : "/", 0755);
}

int make_directory_in_root(int root_fd, const char *path, mode_t mode)
{
	int fd = open_in_root(root_fd, path, O_PATH | O_DIRECTORY);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	char name[NAME_MAX + 1];
	autoclose int parent_fd = make_parent_in_root(root_fd, path, name);
	if (parent_fd < 0)
		return -1;
	/* mkdirat does not follow a last symbolic link, so this can only make an entry in the directory held open. */
	if (mkdirat(parent_fd, name, mode) < 0 && errno != EEXIST)
		return -1;
	return sys_openat2(parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int make_file_in_root(int root_fd, const char *path)
{
	int fd = open_in_root(root_fd, path, O_PATH);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	char name[NAME_MAX + 1];
	autoclose int parent_fd = make_parent_in_root(root_fd, path, name);
	if (parent_fd < 0)
		return -1;
	autoclose int made = sys_openat2(parent_fd, name, O_CREAT | O_EXCL | O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0644,
					 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (made < 0 && errno != EEXIST)
		return -1;
	return sys_openat2(parent_fd, name, O_PATH | O_NOFOLLOW, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

bool on_filesystem(int fd, unsigned long magic)
{
	struct statfs info;
	return fstatfs(fd, &info) == 0 && (unsigned long)info.f_type == magic;
}

int make_host_directories(const char *path, mode_t mode)
{
	char copy[PATH_MAX];
	size_t size = strlen(path);
	if (size == 0 || size >= sizeof copy) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(copy, path, size + 1);
	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return mkdir(copy, mode) < 0 && errno != EEXIST ? -1 : 0;
}

DIR *open_listing(int dir_fd)
{
	int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	if (!listing && copy >= 0) {
		int saved = errno;
		close(copy);
		errno = saved;
	}
	return listing;
}
