#include "overlay.h"

#include "paths.h"
#include "tar_writer.h"

#include <dirent.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define DEPTH_MAX 1000
#define WHITEOUT_PREFIX ".wh."
#define OPAQUE_MARKER ".wh..wh..opq"

enum change { CHANGE_MODIFIED = 0, CHANGE_ADDED = 1, CHANGE_DELETED = 2 };

bool overlay_is_whiteout(const struct stat *info)
{
	return S_ISCHR(info->st_mode) && info->st_rdev == makedev(0, 0);
}

bool overlay_is_opaque(int directory_fd)
{
	static const char *const names[] = { "trusted.overlay.opaque", "user.overlay.opaque" };
	char value;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (fgetxattr(directory_fd, names[i], &value, 1) == 1 && value == 'y')
			return true;
	return faccessat(directory_fd, OPAQUE_MARKER, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *overlay_hidden_name(const char *name, const struct stat *info)
{
	if (overlay_is_whiteout(info))
		return name;
	if (!strcmp(name, OPAQUE_MARKER))
		return "";
	return strncmp(name, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) ? NULL : name + strlen(WHITEOUT_PREFIX);
}

int overlay_lower_stat(int lower, const char *path, struct stat *info)
{
	autoclose int fd = open_in_root_no_symlinks(lower, path, O_PATH | O_NOFOLLOW);
	/* A link as the last part is what is asked for, and only O_PATH|O_NOFOLLOW without RESOLVE_NO_SYMLINKS opens it. */
	if (fd < 0 && errno == ELOOP) {
		char name[NAME_MAX + 1], parent[PATH_MAX];
		const char *slash = strrchr(path, '/');
		size_t length = slash ? (size_t)(slash - path) : 0;
		if (length >= sizeof parent || strlen(slash ? slash + 1 : path) > NAME_MAX)
			return -1;
		memcpy(parent, path, length);
		parent[length] = '\0';
		strcpy(name, slash ? slash + 1 : path);
		autoclose int above = open_in_root_no_symlinks(lower, length ? parent : ".", O_PATH | O_DIRECTORY);
		return above < 0 ? -1 : fstatat(above, name, info, AT_SYMLINK_NOFOLLOW);
	}
	return fd < 0 ? -1 : fstat(fd, info);
}

bool overlay_lower_has(int lower, const char *path)
{
	struct stat info;
	/* The lowest layer may hold whiteouts of nothing. */
	return overlay_lower_stat(lower, path, &info) == 0 && !overlay_is_whiteout(&info);
}

bool overlay_same_directory(int lower, const char *path, const struct stat *info)
{
	struct stat below;
	return overlay_lower_stat(lower, path, &below) == 0 && below.st_mode == info->st_mode &&
	       below.st_uid == info->st_uid && below.st_gid == info->st_gid;
}

static bool is_empty(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);
	if (!listing) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	int count = 0;
	while (count < 3 && readdir(listing))
		count++;
	closedir(listing);
	return count < 3;
}

const char *const overlay_mount_points[OVERLAY_MOUNT_POINTS] = {
	"proc", "sys", "dev", "dev/pts", "dev/shm", "dev/mqueue", "etc/hosts", "etc/hostname", "etc/resolv.conf"
};

bool overlay_is_mount_point(int lower, const char *path, int parent, const char *name, const struct stat *info)
{
	bool known = false;
	for (size_t i = 0; i < OVERLAY_MOUNT_POINTS; i++)
		known = known || !strcmp(path, overlay_mount_points[i]);
	if (!known || overlay_lower_has(lower, path))
		return false;
	return S_ISDIR(info->st_mode) ? is_empty(parent, name) : S_ISREG(info->st_mode) && info->st_size == 0;
}

/* ------------------------------------------------------------------------------------------------- changes */

struct comparison {
	struct tar_writer *writer;
	int lower;
	/* The opaque directory whose lower one is being listed. */
	int covering;
	/* Inside an opaque directory all below is hidden, whether or not it says so again. */
	bool hiding;
	struct error *error;
	char path[PATH_MAX];
};

static int broken(struct comparison *comparison, const char *what)
{
	return fail(comparison->error, FAIL_INTERNAL, "%s \"%.120s\"", what, comparison->path);
}

static int report(struct comparison *comparison, enum change kind)
{
	uint8_t byte = (uint8_t)kind;
	if (tar_writer_bytes(comparison->writer, &byte, 1) < 0 ||
	    tar_writer_bytes(comparison->writer, comparison->path, strlen(comparison->path) + 1) < 0)
		return broken(comparison, "telling of");
	return 0;
}

/* What Docker compares; the size and time of a directory say nothing that its entries do not say. */
bool overlay_differs(const struct stat *a, const struct stat *b)
{
	if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid || a->st_rdev != b->st_rdev)
		return true;
	return !S_ISDIR(a->st_mode) && (a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
					a->st_mtim.tv_nsec != b->st_mtim.tv_nsec);
}

/* Calls `each` for the entries of a directory, with their names appended to the path. */
static int for_each(struct comparison *comparison, int fd, int depth,
		    int (*each)(struct comparison *, int, const char *, int))
{
	size_t length = strlen(comparison->path);
	DIR *listing = depth > DEPTH_MAX ? NULL : open_listing(fd);
	if (!listing)
		return broken(comparison, "listing");
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (length + strlen(entry->d_name) + 2 > sizeof comparison->path) {
			errno = ENAMETOOLONG;
			result = broken(comparison, "the path is too long below");
			break;
		}
		sprintf(comparison->path + length, "%s%s", length ? "/" : "", entry->d_name);
		result = each(comparison, fd, entry->d_name, depth);
		comparison->path[length] = '\0';
	}
	closedir(listing);
	return result;
}

/* An entry of a lower directory that is hidden whole: gone unless the upper one brings it again. */
static int report_hidden(struct comparison *comparison, int lower, const char *name, int depth)
{
	struct stat info;
	(void)depth;
	if (fstatat(lower, name, &info, AT_SYMLINK_NOFOLLOW) < 0 || overlay_is_whiteout(&info))
		return 0;
	if (fstatat(comparison->covering, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && !overlay_is_whiteout(&info))
		return 0;
	return report(comparison, CHANGE_DELETED);
}

static int compare(struct comparison *comparison, int parent, const char *name, int depth)
{
	struct stat info, below;
	if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : broken(comparison, "looking at");
	bool existed = overlay_lower_stat(comparison->lower, comparison->path, &below) == 0 && !overlay_is_whiteout(&below);
	if (overlay_is_whiteout(&info))
		return existed ? report(comparison, CHANGE_DELETED) : 0;
	if (overlay_is_mount_point(comparison->lower, comparison->path, parent, name, &info))
		return 0;
	if (!existed && report(comparison, CHANGE_ADDED) < 0)
		return -1;
	if (existed && overlay_differs(&info, &below) && report(comparison, CHANGE_MODIFIED) < 0)
		return -1;
	if (!S_ISDIR(info.st_mode))
		return 0;
	autoclose int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : broken(comparison, "opening");
	bool hiding = comparison->hiding;
	comparison->hiding = hiding || overlay_is_opaque(fd);
	if (existed && S_ISDIR(below.st_mode) && comparison->hiding) {
		autoclose int hidden = open_in_root_no_symlinks(comparison->lower, comparison->path, O_RDONLY | O_DIRECTORY);
		comparison->covering = fd;
		if (hidden >= 0 && for_each(comparison, hidden, depth + 1, report_hidden) < 0)
			return -1;
	}
	int result = for_each(comparison, fd, depth + 1, compare);
	comparison->hiding = hiding;
	return result;
}

int overlay_changes(int out, int upper, int lower, bool complete, struct error *error)
{
	struct comparison *comparison = calloc(1, sizeof *comparison);
	struct tar_writer *writer = tar_writer_new(out);
	int result = -1;
	if (!comparison || !writer) {
		fail(error, FAIL_INTERNAL, "memory for a comparison");
	} else {
		*comparison = (struct comparison){ .writer = writer, .lower = lower, .hiding = complete, .error = error };
		result = for_each(comparison, upper, 0, compare);
		comparison->covering = upper;
		if (result == 0 && complete)
			result = for_each(comparison, lower, 0, report_hidden);
		if (result == 0 && tar_writer_flush(writer) < 0)
			result = broken(comparison, "ending the list at");
	}
	tar_writer_free(writer);
	free(comparison);
	return result;
}
