/* Makes archives of directory trees that others may be writing to meanwhile. */
#ifndef BERTH_ARCHIVE_H
#define BERTH_ARCHIVE_H

#include "common.h"

struct archive_options {
	/* Name of the entry for what is archived; those below it are NAME/.... "/" for a whole root. */
	const char *name;
	/* The tree is an overlay's upper directory: write what it says as an OCI layer (whiteouts), over this tree; or -1. */
	int lower;
	/* With `lower`: the tree is a whole one, not an upper directory. */
	bool complete;
	/* Where /dev of a container is not descended into, or -1. */
	int container_root;
};

/*
 * Writes what `name` in `dir_fd` is ("." for the directory itself) to `out`. Links are never followed; sockets are left out.
 */
int archive_write(int out, int dir_fd, const char *name, const struct archive_options *options, struct error *error);

#endif
