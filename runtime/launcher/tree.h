/* Directory trees on the host, with whatever owners they have. */
#ifndef BERTH_TREE_H
#define BERTH_TREE_H

#include "proto.h"

/* Removes the tree at `path` without following a link inside it. Missing is fine. */
int tree_remove(const char *path, struct error *error);
/* The same for what `name` is in an open directory. -1 with errno. */
int tree_remove_at(int parent, const char *name);
/* Makes a directory (and missing parents, 0711) owned by the caller with exactly `mode`. */
int tree_make_directory(const char *path, mode_t mode, struct error *error);
/*
 * Tells ext2, ext3 and ext4 that what lies in the directories at these paths is unrelated (chattr(1), T): each of their
 * subdirectories made from now on gets a place of its own on the disk. Without a journal they pass over every inode that
 * was freed in the last minutes in the place where a file is made, so that where much is made and removed a file soon
 * takes many times as long. A hint: what is missing, or of another file system, stays as it is.
 */
void tree_spread(const struct strings *paths);

/* Sum of the sizes of the regular files in the tree at `path`, each counted once. Mounts below are left out. */
int tree_usage(const char *path, uint64_t *bytes, struct error *error);

#endif
