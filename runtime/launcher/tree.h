/* Directory trees on the host, with whatever owners they have. */
#ifndef BERTH_TREE_H
#define BERTH_TREE_H

#include "common.h"

/* Removes the tree at `path` without following a link inside it. Missing is fine. */
int tree_remove(const char *path, struct error *error);
/* The same for what `name` is in an open directory. -1 with errno. */
int tree_remove_at(int parent, const char *name);
/* Makes a directory (and missing parents, 0711) owned by the caller with exactly `mode`. */
int tree_make_directory(const char *path, mode_t mode, struct error *error);

/* Sum of the sizes of the regular files in the tree at `path`, each counted once. Mounts below are left out. */
int tree_usage(const char *path, uint64_t *bytes, struct error *error);

#endif
