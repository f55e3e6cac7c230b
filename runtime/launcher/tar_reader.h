#ifndef BERTH_TAR_READER_H
#define BERTH_TAR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "error.h"

/* PATH_MAX of Linux: no longer name could be used in one system call anyway. */
#define TAR_NAME_MAX 4096
/* Extended headers hold long names and xattrs; 1 MiB is far above what the kernel lets one file carry. */
#define TAR_EXTENDED_MAX (1024 * 1024)

/* One entry of an archive, with extended headers already folded in. Names are as written, not yet cleaned. */
struct tar_entry {
  char type; /* ustar typeflag; '0' for every form of regular file, '5' for directories */
  char name[TAR_NAME_MAX + 1];
  char link[TAR_NAME_MAX + 1];
  mode_t mode;
  uint32_t uid;
  uint32_t gid;
  uint32_t major;
  uint32_t minor;
  uint64_t size;
  struct timespec mtime;
};

struct tar_xattr {
  const char *name; /* NUL-terminated */
  const char *value;
  size_t size;
};

struct tar_reader;

/* Reads a ustar, GNU or PAX archive (POSIX.1-2017 pax, "ustar Interchange Format") from `fd`. NULL: no memory. */
struct tar_reader *tar_reader_new(int fd);
void tar_reader_free(struct tar_reader *reader);

/* Next entry: 1, 0 at the end of the archive, -1 with `err` set. Unread data of the previous entry is skipped. */
int tar_reader_next(struct tar_reader *reader, struct tar_entry *entry, struct error *err);

/* Next run of the entry's data, valid until the next call: its length, 0 at the end, -1 with `err` set. */
ssize_t tar_reader_data(struct tar_reader *reader, const unsigned char **data, struct error *err);

/* Extended attribute of the current entry (SCHILY.xattr.*), in order: true and the next one, or false. Start with
 * *cursor == 0. */
bool tar_reader_xattr(const struct tar_reader *reader, size_t *cursor, struct tar_xattr *xattr);

/* Reads on to the end of the stream, so that the writer never meets a closed pipe. */
int tar_reader_drain(struct tar_reader *reader, struct error *err);

#endif
