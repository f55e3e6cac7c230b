#include "tar_parts.h"

static int remove_children(struct apply *apply, int fd, int depth) {
  char buffer[4096] __attribute__((aligned(8)));
  for (;;) {
    /* Removing entries while reading may skip some; start over until nothing is left. */
    if (lseek(fd, 0, SEEK_SET) < 0) return tar_fail(apply, errno, "rewind a directory");
    bool removed = false;
    long count;
    while ((count = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
      for (long at = 0; at < count;) {
        /* struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, name */
        unsigned short length;
        memcpy(&length, buffer + at + 16, sizeof length);
        const char *child = buffer + at + 19;
        if (strcmp(child, ".") != 0 && strcmp(child, "..") != 0) {
          if (tar_remove_tree(apply, fd, child, depth + 1) < 0) return -1;
          removed = true;
        }
        at += length;
      }
    }
    if (count < 0) return tar_fail(apply, errno, "read a directory");
    if (!removed) return 0;
  }
}

int tar_remove_tree(struct apply *apply, int dirfd, const char *name, int depth) {
  if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return tar_fail(apply, errno, "remove \"%.100s\"", name);
  if (depth > MAX_DEPTH) return tar_fail(apply, 0, "a directory to replace is nested more than %d deep", MAX_DEPTH);
  if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0) return 0;
  auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return tar_fail(apply, errno, "open \"%.100s\"", name);
  if (remove_children(apply, fd, depth) < 0) return -1;
  if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0) return tar_fail(apply, errno, "remove \"%.100s\"", name);
  return 0;
}
