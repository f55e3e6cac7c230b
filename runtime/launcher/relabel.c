#include "relabel.h"

#include "paths.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* Each level holds one descriptor. */
#define DEPTH_MAX 1000
#define ATTRIBUTE "security.selinux"

/* By its descriptor, which O_PATH alone opens for any kind of file: links of /proc lead to that very inode. */
static int relabel(int fd, const char *label)
{
	char path[32], present[PATH_MAX];
	size_t size = strlen(label);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t length = getxattr(path, ATTRIBUTE, present, sizeof present);
	/* The kernel counts the NUL that ends it. */
	if (length >= (ssize_t)size && length <= (ssize_t)size + 1 && !memcmp(present, label, size))
		return 0;
	return setxattr(path, ATTRIBUTE, label, size + 1, 0) < 0 && errno != ENOTSUP ? -1 : 0;
}

static int relabel_below(int fd, const char *label, int depth)
{
	struct stat info;
	/* First the directory, for what is made in it meanwhile to have its label. */
	if (fstat(fd, &info) < 0 || relabel(fd, label) < 0)
		return -1;
	if (!S_ISDIR(info.st_mode))
		return 0;
	if (depth == DEPTH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	DIR *listing = open_listing(fd);
	if (!listing)
		return -1;
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		autoclose int below = openat(fd, entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		/* It has gone meanwhile. */
		if (below < 0 && errno == ENOENT)
			continue;
		result = below < 0 ? -1 : relabel_below(below, label, depth + 1);
	}
	int saved = errno;
	closedir(listing);
	errno = saved;
	return result;
}

int relabel_tree(int fd, const char *label)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return relabel_below(fd, label, 0);
}
