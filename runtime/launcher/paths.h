/*
 * Every path inside a container is resolved here, once, to a descriptor, with the kernel holding the walk inside the
 * root (openat2, RESOLVE_IN_ROOT). What is done afterwards is done on the descriptor.
 */
#ifndef BERTH_PATHS_H
#define BERTH_PATHS_H

#include "common.h"

#include <dirent.h>

/* Opens an existing path inside `root_fd`; symbolic links are followed in the root, magic links never. */
int open_in_root(int root_fd, const char *path, uint64_t flags);
/* The same, and no component may be a symbolic link. */
int open_in_root_no_symlinks(int root_fd, const char *path, uint64_t flags);
/* O_PATH descriptor of a directory, made with its parents when missing. */
int make_directory_in_root(int root_fd, const char *path, mode_t mode);
/* O_PATH descriptor of a file to mount on, made empty with its parents when missing. */
int make_file_in_root(int root_fd, const char *path);
/* O_PATH descriptor of the parent directory of `path`, made when missing; `name` gets the last component. */
int make_parent_in_root(int root_fd, const char *path, char name[NAME_MAX + 1]);
/* Lists an open directory from its beginning, with a position of its own. NULL with errno. */
DIR *open_listing(int dir_fd);
/* True when the descriptor lies on a filesystem with this magic number (linux/magic.h). */
bool on_filesystem(int fd, unsigned long magic);
/* mkdir -p on the host; existing is fine. */
int make_host_directories(const char *path, mode_t mode);

#endif
