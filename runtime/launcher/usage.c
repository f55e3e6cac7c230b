#include "paths.h"
#include "tree.h"

#include <dirent.h>
#include <sys/stat.h>

#define DEPTH_MAX 1000

/* A file with several names that was counted. */
struct counted {
	struct counted *next;
	ino_t inode;
};
#define COUNTED_BUCKETS 1024

struct usage {
	dev_t device;
	uint64_t bytes;
	struct counted *counted[COUNTED_BUCKETS];
};

static int count_once(struct usage *usage, ino_t inode, bool *first)
{
	struct counted **bucket = &usage->counted[inode % COUNTED_BUCKETS];
	*first = false;
	for (const struct counted *one = *bucket; one; one = one->next)
		if (one->inode == inode)
			return 0;
	struct counted *one = malloc(sizeof *one);
	if (!one)
		return -1;
	*one = (struct counted){ .next = *bucket, .inode = inode };
	*bucket = one;
	*first = true;
	return 0;
}

static int add_directory(struct usage *usage, int fd, int depth)
{
	DIR *listing = open_listing(fd);
	if (!listing)
		return -1;
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(listing));) {
		struct stat info;
		bool first = true;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 || info.st_dev != usage->device)
			continue; /* Gone meanwhile, or no part of the tree. */
		if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX) {
			autoclose int below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
			result = below < 0 ? 0 : add_directory(usage, below, depth + 1);
		} else if (S_ISREG(info.st_mode)) {
			result = info.st_nlink > 1 ? count_once(usage, info.st_ino, &first) : 0;
			usage->bytes += result == 0 && first ? (uint64_t)info.st_size : 0;
		}
	}
	closedir(listing);
	return result;
}

int tree_usage(const char *path, uint64_t *bytes, struct error *error)
{
	autofree struct usage *usage = calloc(1, sizeof *usage);
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat info;
	if (!usage)
		return fail(error, FAIL_INTERNAL, "memory for measuring");
	if (fd < 0 || fstat(fd, &info) < 0)
		return fail(error, FAIL_INTERNAL, "measuring %.150s", path);
	usage->device = info.st_dev;
	int result = add_directory(usage, fd, 0);
	*bytes = usage->bytes;
	for (size_t i = 0; i < COUNTED_BUCKETS; i++)
		while (usage->counted[i]) {
			struct counted *next = usage->counted[i]->next;
			free(usage->counted[i]);
			usage->counted[i] = next;
		}
	return result < 0 ? fail(error, FAIL_INTERNAL, "measuring %.150s", path) : 0;
}
