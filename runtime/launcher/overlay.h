/* What the upper directory of an overlay says about the layers below it (kernel Documentation/filesystems/overlayfs.rst). */
#ifndef BERTH_OVERLAY_H
#define BERTH_OVERLAY_H

#include "common.h"

#include <sys/stat.h>

bool overlay_is_whiteout(const struct stat *info);
/* In either of the attribute namespaces that overlayfs uses. */
bool overlay_is_opaque(int directory_fd);
/*
 * The name that an entry of a layer hides: its own for a whiteout, "" for the marker of an opaque directory; NULL when it
 * hides nothing. Where no whiteout can be made, on another overlay, a layer keeps the markers of its archive.
 */
const char *overlay_hidden_name(const char *name, const struct stat *info);
/* Looks `path` (relative) up in the tree of the layers. No link is followed. */
int overlay_lower_stat(int lower, const char *path, struct stat *info);
bool overlay_lower_has(int lower, const char *path);
/* Whether a file or directory was changed, as Docker judges it. */
bool overlay_differs(const struct stat *a, const struct stat *b);
/* True when the layers have a directory at `path` with the same owner and mode; its times say nothing. */
bool overlay_same_directory(int lower, const char *path, const struct stat *info);
/* Where the launcher itself mounts, relative to the root; a place comes after the one that holds it. */
#define OVERLAY_MOUNT_POINTS 9
extern const char *const overlay_mount_points[OVERLAY_MOUNT_POINTS];
/*
 * True for what the launcher itself puts into a root filesystem to mount on (/proc, /etc/hosts, ...), as long as nothing
 * else is in it: no part of what the container has changed.
 */
bool overlay_is_mount_point(int lower, const char *path, int parent, const char *name, const struct stat *info);
/*
 * Writes the changes that `upper` makes to `lower` to `out`, as records of u8 kind (0 modified, 1 added, 2 deleted) and
 * the path with its NUL. `complete`: `upper` is no overlay's but a whole tree, and lacks what was deleted.
 */
int overlay_changes(int out, int upper, int lower, bool complete, struct error *error);

#endif
