/* Writes an archive (POSIX.1-2017 pax, "ustar Interchange Format") to a descriptor. */
#ifndef BERTH_TAR_WRITER_H
#define BERTH_TAR_WRITER_H

#include "common.h"

#include <sys/stat.h>

struct tar_writer;

struct tar_writer *tar_writer_new(int fd);
void tar_writer_free(struct tar_writer *writer);

/*
 * The header of one entry; a regular file is followed by exactly `info->st_size` bytes of data. `link` is the target of a
 * symbolic link, or (with `hard`) the entry that this one is a further name of. `attributes_fd` is a readable descriptor
 * of the file, or -1. All return -1 with errno set.
 */
int tar_writer_entry(struct tar_writer *writer, const char *name, const struct stat *info, const char *link, bool hard,
		     int attributes_fd);
/* Data of `fd`, cut or filled up with zeros to the size that was announced: a running container may write to it. */
int tar_writer_file(struct tar_writer *writer, int fd, uint64_t size);
/* The blocks that end an archive, and everything that is still in the buffer. */
int tar_writer_end(struct tar_writer *writer);
int tar_writer_bytes(struct tar_writer *writer, const void *bytes, size_t size);
int tar_writer_flush(struct tar_writer *writer);

#endif
