#ifndef BERTH_TAR_H
#define BERTH_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define TAR_WARNINGS_MAX 16

struct tar_options {
  /* Lower diff directories, topmost first; hard links may point into them. */
  const int *parents;
  size_t parent_count;
  /* Mark opaque directories with user.overlay.opaque (overlay mounted with userxattr), not trusted.overlay.opaque. */
  bool user_xattr;
  /* Device nodes cannot be made (user namespace): leave them out with a warning. */
  bool skip_devices;
  /* Only one id is mapped: keep everything owned by the caller, with a warning. */
  bool keep_owner;
  /*
   * Not a layer but files for a tree that is in use: names are below `base` (a path in the destination without links),
   * whiteouts are plain names, and links on the way are followed inside the destination.
   */
  const char *base;
  /* A directory is not replaced by anything else, nor the other way round. */
  bool keep_kinds;
  /* Everything belongs to this owner, whatever the archive says. */
  bool has_owner;
  uint32_t uid, gid;
  /* Limits; 0 stands for the default (see tar.c). */
  uint64_t max_bytes;
  uint64_t max_entries;
};

struct tar_result {
  uint64_t size; /* sum of the regular files' sizes */
  uint64_t entries;
  size_t warning_count; /* those kept in `warnings`; further ones are dropped */
  char warnings[TAR_WARNINGS_MAX][256];
};

/*
 * Applies the uncompressed layer archive on `in_fd` to the empty directory `dest_dirfd`, leaving what an overlay lower
 * directory must look like (OCI image-spec layer.md; kernel Documentation/filesystems/overlayfs.rst). Nothing outside
 * the directory is ever touched, whatever the archive says. 0, or -1 with `err` set; the caller removes the tree.
 */
int tar_apply(int in_fd, int dest_dirfd, const struct tar_options *options, struct tar_result *result,
              struct error *err);

#endif
