#include "fill.h"

#include "copy.h"
#include "paths.h"

#include <dirent.h>

/* Nothing in it but what mkfs(8) puts there. */
static bool is_empty(int fd)
{
	DIR *listing = open_listing(fd);
	if (!listing)
		return false;
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
	if (copy_tree(from, to, COPY_PLAIN) < 0)
		return fail(error, FAIL_INTERNAL, "copying the image's %.150s to a volume", path);
	return 0;
}
