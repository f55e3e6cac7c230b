#include "archive.h"

#include "overlay.h"
#include "paths.h"
#include "tar_writer.h"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A level of a tree costs a descriptor; deeper ones are refused whole rather than cut. */
#define DEPTH_MAX 1000
#define WHITEOUT_PREFIX ".wh."
#define OPAQUE_MARKER ".wh..wh..opq"

/* A file with several names: the further ones become hard links to the first. */
struct seen {
	struct seen *next;
	dev_t device;
	ino_t inode;
	char name[];
};
#define SEEN_BUCKETS 4096

/* A directory of a layer that only matters if something in it does: its entry is written with the first of them. */
struct deferred {
	struct deferred *above;
	struct stat info;
	size_t length; /* of its name */
	int fd;
	bool written;
};

struct archive {
	struct tar_writer *writer;
	struct deferred *deferred;
	/* Inside a directory that hides all of the layers': nothing there is the same as below. */
	bool hiding;
	const struct archive_options *options;
	struct error *error;
	struct seen *seen[SEEN_BUCKETS];
	/* Of the entry in hand. */
	char name[PATH_MAX];
};

static int broken(struct archive *archive, const char *what)
{
	return fail(archive->error, FAIL_INTERNAL, "%s \"%.120s\"", what, archive->name);
}

static struct seen **bucket_of(struct archive *archive, const struct stat *info)
{
	return &archive->seen[(info->st_ino ^ info->st_dev) % SEEN_BUCKETS];
}

static const char *first_name(struct archive *archive, const struct stat *info)
{
	for (struct seen *seen = *bucket_of(archive, info); seen; seen = seen->next)
		if (seen->inode == info->st_ino && seen->device == info->st_dev)
			return seen->name;
	return NULL;
}

static int remember(struct archive *archive, const struct stat *info)
{
	size_t size = strlen(archive->name) + 1;
	struct seen *seen = malloc(sizeof *seen + size);
	if (!seen)
		return broken(archive, "no memory for");
	seen->device = info->st_dev;
	seen->inode = info->st_ino;
	memcpy(seen->name, archive->name, size);
	seen->next = *bucket_of(archive, info);
	*bucket_of(archive, info) = seen;
	return 0;
}

/* Trees of the kernel have no content of their own, and reading all of them has effects. */
static bool is_kernels(int fd)
{
	static const unsigned long magics[] = { PROC_SUPER_MAGIC,  SYSFS_MAGIC,	    CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
						DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,      BPF_FS_MAGIC };
	for (size_t i = 0; i < COUNT_OF(magics); i++)
		if (on_filesystem(fd, magics[i]))
			return true;
	return false;
}

/* The /dev that the launcher has made is not part of what a container is. */
static bool is_device_directory(struct archive *archive, int parent, const char *name, int fd)
{
	struct stat root, above;
	return archive->options->container_root >= 0 && !strcmp(name, "dev") && on_filesystem(fd, TMPFS_MAGIC) &&
	       fstat(archive->options->container_root, &root) == 0 && fstat(parent, &above) == 0 &&
	       root.st_ino == above.st_ino && root.st_dev == above.st_dev;
}

static int write_tree(struct archive *archive, int parent, const char *name, int depth);

static int write_children(struct archive *archive, int fd, int depth)
{
	size_t length = strlen(archive->name);
	DIR *listing = open_listing(fd);
	if (!listing)
		return broken(archive, "listing");
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		size_t size = strlen(entry->d_name);
		if (length + size + 2 > sizeof archive->name) {
			errno = ENAMETOOLONG;
			result = broken(archive, "the path is too long below");
			break;
		}
		memcpy(archive->name + length, entry->d_name, size + 1);
		result = write_tree(archive, fd, entry->d_name, depth + 1);
		archive->name[length] = '\0';
	}
	closedir(listing);
	return result;
}

static int write_deferred(struct archive *archive, struct deferred *directory)
{
	if (!directory || directory->written)
		return 0;
	if (write_deferred(archive, directory->above) < 0)
		return -1;
	char next = archive->name[directory->length];
	archive->name[directory->length] = '\0';
	int result = tar_writer_entry(archive->writer, archive->name, &directory->info, "", false, directory->fd);
	archive->name[directory->length] = next;
	directory->written = true;
	return result;
}

static int put(struct archive *archive, const struct stat *info, const char *link, bool hard, int fd)
{
	if (write_deferred(archive, archive->deferred) < 0 ||
	    tar_writer_entry(archive->writer, archive->name, info, link, hard, fd) < 0)
		return broken(archive, "writing");
	return 0;
}

/* An empty file under a name that tells of something that is not there. */
static int put_marker(struct archive *archive, const char *marker)
{
	struct stat info = { .st_mode = S_IFREG };
	size_t length = strlen(archive->name);
	if (length + strlen(marker) + 1 > sizeof archive->name) {
		errno = ENAMETOOLONG;
		return broken(archive, "the path is too long below");
	}
	strcpy(archive->name + length, marker);
	int result = put(archive, &info, "", false, -1);
	archive->name[length] = '\0';
	return result;
}

/* Whiteouts of what the layers have in a directory and the whole tree at `fd` lacks. */
static int write_missing(struct archive *archive, int fd)
{
	size_t length = strlen(archive->name);
	autoclose int lower = open_in_root_no_symlinks(archive->options->lower, length ? archive->name : ".",
						       O_RDONLY | O_DIRECTORY);
	DIR *listing = lower < 0 ? NULL : open_listing(lower);
	if (!listing)
		return 0; /* The layers have no directory here. */
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
		struct stat info;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		char marker[NAME_MAX + sizeof WHITEOUT_PREFIX];
		snprintf(marker, sizeof marker, WHITEOUT_PREFIX "%.255s", entry->d_name);
		result = put_marker(archive, marker);
	}
	closedir(listing);
	return result;
}

static int write_directory(struct archive *archive, int parent, const char *name, int depth)
{
	autoclose int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : broken(archive, "opening");
	if (depth > DEPTH_MAX) {
		errno = ENAMETOOLONG;
		return broken(archive, "the tree is too deep at");
	}
	size_t length = strlen(archive->name);
	if (length > 0 && archive->name[length - 1] != '/') {
		if (length + 2 > sizeof archive->name) {
			errno = ENAMETOOLONG;
			return broken(archive, "the path is too long below");
		}
		strcpy(archive->name + length, "/");
	}
	bool layer = archive->options->lower >= 0;
	bool opaque = layer && overlay_is_opaque(fd);
	struct deferred directory = {
		.above = archive->deferred, .info = info, .length = strlen(archive->name), .fd = fd
	};
	/* A layer's own root is its container's, which no entry stands for. */
	bool waits = layer && (length == 0 || (!opaque && !archive->hiding &&
					       overlay_same_directory(archive->options->lower, archive->name, &info)));
	int result = 0;
	bool hiding = archive->hiding;
	archive->hiding = hiding || opaque;
	directory.written = !waits || length == 0;
	if (waits)
		archive->deferred = &directory;
	else if (archive->name[0] != '\0')
		result = put(archive, &info, "", false, fd);
	if (result == 0 && opaque)
		result = put_marker(archive, OPAQUE_MARKER);
	bool descend = !(depth > 0 && is_kernels(fd)) && !is_device_directory(archive, parent, name, fd);
	if (result == 0 && descend)
		result = write_children(archive, fd, depth);
	if (result == 0 && layer && archive->options->complete)
		result = write_missing(archive, fd);
	archive->name[length] = '\0';
	archive->deferred = directory.above;
	archive->hiding = hiding;
	return result;
}

static int write_file(struct archive *archive, int parent, const char *name)
{
	autoclose int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : broken(archive, "opening");
	if (!S_ISREG(info.st_mode))
		return 0; /* Became something else since it was looked at. */
	if (put(archive, &info, "", false, fd) < 0)
		return -1;
	return tar_writer_file(archive->writer, fd, (uint64_t)info.st_size) < 0 ? broken(archive, "copying") : 0;
}

static int write_link(struct archive *archive, int parent, const char *name, const struct stat *info)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof target - 1);
	if (n < 0)
		return errno == ENOENT || errno == EINVAL ? 0 : broken(archive, "reading the link");
	target[n] = '\0';
	return put(archive, info, target, false, -1);
}

static int write_whiteout(struct archive *archive, const char *name)
{
	size_t at = strlen(archive->name) - strlen(name);
	char marker[NAME_MAX + sizeof WHITEOUT_PREFIX];
	snprintf(marker, sizeof marker, WHITEOUT_PREFIX "%.255s", name);
	archive->name[at] = '\0';
	int result = put_marker(archive, marker);
	memcpy(archive->name + at, name, strlen(name) + 1);
	return result;
}

static bool is_unchanged(struct archive *archive, const struct stat *info)
{
	struct stat below;
	return overlay_lower_stat(archive->options->lower, archive->name, &below) == 0 && !overlay_differs(info, &below);
}

static int write_tree(struct archive *archive, int parent, const char *name, int depth)
{
	struct stat info;
	if (fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : broken(archive, "looking at");
	bool layer = archive->options->lower >= 0;
	if (layer && overlay_is_whiteout(&info))
		return overlay_lower_has(archive->options->lower, archive->name) ? write_whiteout(archive, name) : 0;
	if (layer && archive->options->complete && !S_ISDIR(info.st_mode) && is_unchanged(archive, &info))
		return 0;
	if (layer && overlay_is_mount_point(archive->options->lower, archive->name, parent, name, &info))
		return 0;
	if (S_ISDIR(info.st_mode))
		return write_directory(archive, parent, name, depth);
	if (S_ISSOCK(info.st_mode))
		return 0;
	const char *first = info.st_nlink > 1 ? first_name(archive, &info) : NULL;
	if (first)
		return put(archive, &info, first, true, -1);
	if (info.st_nlink > 1 && remember(archive, &info) < 0)
		return -1;
	if (S_ISREG(info.st_mode))
		return write_file(archive, parent, name);
	return S_ISLNK(info.st_mode) ? write_link(archive, parent, name, &info) : put(archive, &info, "", false, -1);
}

int archive_write(int out, int dir_fd, const char *name, const struct archive_options *options, struct error *error)
{
	struct archive *archive = calloc(1, sizeof *archive);
	struct tar_writer *writer = tar_writer_new(out);
	int result = -1;
	if (!archive || !writer) {
		fail(error, FAIL_INTERNAL, "memory for an archive");
	} else {
		*archive = (struct archive){ .writer = writer, .options = options, .error = error };
		snprintf(archive->name, sizeof archive->name, "%s", options->name);
		result = strcmp(name, ".") == 0 ? write_directory(archive, dir_fd, ".", 0)
						: write_tree(archive, dir_fd, name, 0);
		if (result == 0 && tar_writer_end(writer) < 0)
			result = broken(archive, "ending the archive of");
		for (size_t i = 0; i < SEEN_BUCKETS; i++)
			while (archive->seen[i]) {
				struct seen *next = archive->seen[i]->next;
				free(archive->seen[i]);
				archive->seen[i] = next;
			}
	}
	tar_writer_free(writer);
	free(archive);
	return result;
}
