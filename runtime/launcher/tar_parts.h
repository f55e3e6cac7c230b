/* What the files that unpack a layer share: the state of one unpacking, and what is done on descriptors alone. */
#ifndef BERTH_TAR_PARTS_H
#define BERTH_TAR_PARTS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "tar.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tar_reader.h"

/* Deeper trees cannot be walked by path in one system call; PATH_MAX / 2 components is the natural bound. */
#define MAX_DEPTH 2048

/* Times of a directory, set when nothing is made in it any more. */
struct late_time {
  struct late_time *next; /* the one seen before */
  struct timespec mtime;
  char path[]; /* relative to the root, "" for the root itself */
};

struct apply {
  int root;
  const struct tar_options *options;
  struct tar_result *result;
  struct error *err;
  struct tar_reader *reader;
  struct tar_entry entry;
  uint64_t bytes;
  uint64_t entries;
  struct late_time *late; /* last seen first, so that children come before their parents */
  /* The directory of the previous entry: archives are written depth-first, so most lookups end here. */
  int parent_fd;
  char parent_path[TAR_NAME_MAX + 1];
};

int tar_fail(struct apply *apply, int errnum, const char *format, ...) __attribute__((format(printf, 3, 4)));
void tar_warn(struct apply *apply, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void tar_close(int *fd) {
  if (*fd >= 0) close(*fd);
}
#define auto_close __attribute__((cleanup(tar_close)))

/* tar_metadata.c: owner, mode, times and attributes of the entry in hand. */
bool tar_is_overlay_xattr(const char *name);
bool tar_is_label(const char *name);
int tar_set_metadata(struct apply *apply, int fd);
int tar_set_metadata_at(struct apply *apply, int dirfd, const char *name);

/* tar_remove.c: removes whatever `name` in `dirfd` is. */
int tar_remove_tree(struct apply *apply, int dirfd, const char *name, int depth);

#endif
