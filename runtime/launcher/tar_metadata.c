#include "tar_parts.h"

/* XATTR_SIZE_MAX of Linux, and as much again per inode as ext4 can hold with ea_inode off, generously rounded. */
#define MAX_XATTR_TOTAL (256 * 1024)

/* An attribute that speaks to overlayfs would let an image redirect its own lower directories. */
bool tar_is_overlay_xattr(const char *name) {
  return strncmp(name, "trusted.overlay.", 16) == 0 || strncmp(name, "user.overlay.", 13) == 0;
}

/* Where a thing is decides on that, and not who has made the archive. */
bool tar_is_label(const char *name) { return strcmp(name, "security.selinux") == 0; }

static int apply_xattrs(struct apply *apply, int fd) {
  size_t cursor = 0;
  size_t total = 0;
  struct tar_xattr xattr;
  while (tar_reader_xattr(apply->reader, &cursor, &xattr)) {
    if (*xattr.name == '\0' || strlen(xattr.name) > XATTR_NAME_MAX || xattr.size > XATTR_SIZE_MAX)
      return tar_fail(apply, 0, "\"%.100s\" has an extended attribute over the kernel's limits", apply->entry.name);
    total += xattr.size;
    if (total > MAX_XATTR_TOTAL)
      return tar_fail(apply, 0, "\"%.100s\" has more than %d bytes of extended attributes", apply->entry.name,
                  MAX_XATTR_TOTAL);
    if (tar_is_overlay_xattr(xattr.name)) {
      tar_warn(apply, "left out the attribute %.100s of \"%.100s\"", xattr.name, apply->entry.name);
      continue;
    }
    if (tar_is_label(xattr.name)) continue;
    if (fsetxattr(fd, xattr.name, xattr.value, xattr.size, 0) == 0) continue;
    /* Not kept by this filesystem, or not ours to set (trusted.* and security.* in a user namespace). */
    if (errno != ENOTSUP && errno != EPERM)
      return tar_fail(apply, errno, "set the attribute %.60s of \"%.100s\"", xattr.name, apply->entry.name);
    tar_warn(apply, "could not set the attribute %.100s of \"%.100s\"", xattr.name, apply->entry.name);
  }
  return 0;
}

/* Owner before mode, because chown(2) clears set-user-ID; attributes after, because it clears capabilities too. */
int tar_set_metadata(struct apply *apply, int fd) {
  const struct tar_entry *entry = &apply->entry;
  if (apply->options->has_owner && fchown(fd, apply->options->uid, apply->options->gid) < 0)
    return tar_fail(apply, errno, "set the owner of \"%.100s\"", entry->name);
  if (!apply->options->has_owner && !apply->options->keep_owner && fchown(fd, entry->uid, entry->gid) < 0)
    return tar_fail(apply, errno, "set the owner of \"%.100s\" to %u:%u", entry->name, entry->uid, entry->gid);
  if (fchmod(fd, entry->mode) < 0) return tar_fail(apply, errno, "set the mode of \"%.100s\"", entry->name);
  return apply_xattrs(apply, fd);
}

/* The same for what cannot be opened: links, devices, pipes. */
int tar_set_metadata_at(struct apply *apply, int dirfd, const char *name) {
  const struct tar_entry *entry = &apply->entry;
  uint32_t uid = apply->options->has_owner ? apply->options->uid : entry->uid;
  uint32_t gid = apply->options->has_owner ? apply->options->gid : entry->gid;
  if (!apply->options->keep_owner && fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
    return tar_fail(apply, errno, "set the owner of \"%.100s\" to %u:%u", entry->name, entry->uid, entry->gid);
  if (entry->type != '2') {
    /* fchmodat(2) follows links. What was just made here is none; in a tree that others write to, this process's root is
     * that tree's, and a link put in its place leads nowhere else. */
    if (fchmodat(dirfd, name, entry->mode, 0) < 0) return tar_fail(apply, errno, "set the mode of \"%.100s\"", entry->name);
  }
  const struct timespec times[2] = {entry->mtime, entry->mtime};
  if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
    return tar_fail(apply, errno, "set the times of \"%.100s\"", entry->name);
  return 0;
}
