#include "tar_parts.h"

/* A layer of a terabyte is a mistake or an attack; real ones end at some tens of gigabytes. */
#define DEFAULT_MAX_BYTES (UINT64_C(1) << 40)
/* The largest public images hold under a million entries. Each directory costs memory until the end. */
#define DEFAULT_MAX_ENTRIES (UINT64_C(4) << 20)
#define WHITEOUT_PREFIX ".wh."
#define OPAQUE_MARKER ".wh..wh..opq"

int tar_fail(struct apply *apply, int errnum, const char *format, ...) {
  char text[200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  struct error *err = apply->err;
  if (errnum == 0) snprintf(err->msg, sizeof err->msg, "%s", text);
  else snprintf(err->msg, sizeof err->msg, "%s: %s", text, strerror(errnum));
  err->errno_ = errnum;
  err->kind = FAIL_INTERNAL;
  return -1;
}

void tar_warn(struct apply *apply, const char *format, ...) {
  struct tar_result *result = apply->result;
  if (result->warning_count == TAR_WARNINGS_MAX) return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(result->warnings[result->warning_count], sizeof result->warnings[0], format, arguments);
  va_end(arguments);
  result->warning_count++;
}

/* Opens `path` below `root` as if `root` were /: symbolic links on the way stay inside, the last one is not followed
 * unless O_DIRECTORY asks for what it names. */
static int open_in_root(int root, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {
      .flags = flags | O_CLOEXEC,
      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
  };
  long fd;
  /* EAGAIN: a rename elsewhere raced with the walk of "..", see openat2(2). */
  do {
    fd = syscall(SYS_openat2, root, *path == '\0' ? "." : path, &how, sizeof how);
  } while (fd < 0 && errno == EAGAIN);
  return (int)fd;
}

/* Writes the cleaned form of `name` to `path`: no leading or doubled slashes, no ".". A ".." is refused outright,
 * as no honest layer has one. "" stands for the root. */
static int clean_path(struct apply *apply, const char *name, const char *what, char path[TAR_NAME_MAX + 1]) {
  size_t length = 0;
  size_t depth = 0;
  for (const char *at = name; *at != '\0';) {
    size_t part = strcspn(at, "/");
    if (part == 2 && memcmp(at, "..", 2) == 0)
      return tar_fail(apply, 0, "%s \"%.100s\" leaves the archive's root with \"..\"", what, name);
    if (part > NAME_MAX) return tar_fail(apply, 0, "%s \"%.100s...\" has a part longer than %d bytes", what, name, NAME_MAX);
    if (part > 0 && !(part == 1 && *at == '.')) {
      if (++depth > MAX_DEPTH) return tar_fail(apply, 0, "%s is nested more than %d deep", what, MAX_DEPTH);
      if (length > 0) path[length++] = '/';
      memcpy(path + length, at, part);
      length += part;
    }
    at += part;
    if (*at == '/') at++;
  }
  path[length] = '\0';
  return 0;
}

static bool is_plain(const struct apply *apply) {
  return apply->options->base != NULL;
}

/* Puts the cleaned path of an entry below the base. */
static int below_base(struct apply *apply, char path[TAR_NAME_MAX + 1]) {
  if (!is_plain(apply) || *apply->options->base == '\0') return 0;
  size_t base = strlen(apply->options->base);
  size_t length = strlen(path);
  if (base + length + 2 > TAR_NAME_MAX + 1) return tar_fail(apply, ENAMETOOLONG, "\"%.100s\"", apply->entry.name);
  size_t slash = length > 0 ? 1 : 0;
  memmove(path + base + slash, path, length + 1);
  memcpy(path, apply->options->base, base);
  if (slash != 0) path[base] = '/';
  return 0;
}

static bool is_whiteout(const struct apply *apply, const struct stat *stat) {
  return !is_plain(apply) && S_ISCHR(stat->st_mode) && stat->st_rdev == makedev(0, 0);
}

static const char *opaque_name(const struct apply *apply) {
  return apply->options->user_xattr ? "user.overlay.opaque" : "trusted.overlay.opaque";
}

/* Keeps a whiteout as the empty file that it is in the archive. */
static int keep_marker(struct apply *apply, int dirfd, const char *marker) {
  auto_close int fd = openat(dirfd, marker, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  return fd < 0 ? tar_fail(apply, errno, "make the marker \"%.100s\"", marker) : 0;
}

static int set_opaque(struct apply *apply, int dirfd, const char *name) {
  auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return tar_fail(apply, errno, "open \"%.100s\"", name);
  if (fsetxattr(fd, opaque_name(apply), "y", 1, 0) == 0) return 0;
  if (errno != ENOTSUP && errno != EPERM) return tar_fail(apply, errno, "mark \"%.100s\" opaque", name);
  /* Not here (another overlay, an old network filesystem), where layers are copied and never mounted. */
  return keep_marker(apply, fd, OPAQUE_MARKER);
}

/* Forgets the cached directory: something on the way to it may have been replaced. */
static void drop_parent(struct apply *apply) {
  if (apply->parent_fd >= 0) close(apply->parent_fd);
  apply->parent_fd = -1;
}

/* Clears the way for a new entry. A directory replaced by a non-directory (and the other way round) is removed. */
static int remove_existing(struct apply *apply, int dirfd, const char *name) {
  int status = tar_remove_tree(apply, dirfd, name, 0);
  drop_parent(apply);
  return status;
}

/* Opens the directory `path`, making what is missing of it as 0755 root, since archives may leave parents out. */
static int open_or_make(struct apply *apply, const char *path) {
  int fd = open_in_root(apply->root, path, O_RDONLY | O_DIRECTORY, 0);
  if (fd >= 0) return fd;
  char prefix[TAR_NAME_MAX + 1];
  int current = fcntl(apply->root, F_DUPFD_CLOEXEC, 3);
  if (current < 0) return tar_fail(apply, errno, "duplicate a descriptor");
  for (const char *at = path;;) {
    size_t part = strcspn(at, "/");
    size_t length = (size_t)(at - path) + part;
    memcpy(prefix, path, length);
    prefix[length] = '\0';
    char name[NAME_MAX + 1];
    memcpy(name, at, part);
    name[part] = '\0';
    struct stat stat;
    bool hidden = fstatat(current, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && is_whiteout(apply, &stat);
    if (hidden && unlinkat(current, name, 0) < 0) {
      tar_fail(apply, errno, "replace the whiteout of \"%.100s\"", prefix);
      close(current);
      return -1;
    }
    if (mkdirat(current, name, 0755) == 0) {
      /* The whiteout hid a directory of a lower layer, which must stay hidden. */
      if (hidden && set_opaque(apply, current, name) < 0) {
        close(current);
        return -1;
      }
    } else if (errno != EEXIST) {
      tar_fail(apply, errno, "make the directory \"%.100s\"", prefix);
      close(current);
      return -1;
    }
    close(current);
    current = open_in_root(apply->root, prefix, O_RDONLY | O_DIRECTORY, 0);
    if (current < 0) return tar_fail(apply, errno, "the parent \"%.100s\" of an entry is not a directory", prefix);
    at += part;
    if (*at == '\0') return current;
    at++;
  }
}

/* The directory that holds `path`, and the last part of `path`. The descriptor belongs to the cache. */
static int parent_of(struct apply *apply, char *path, const char **name) {
  char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  if (apply->parent_fd >= 0 && strlen(apply->parent_path) == length && memcmp(apply->parent_path, path, length) == 0)
    return apply->parent_fd;
  drop_parent(apply);
  memcpy(apply->parent_path, path, length);
  apply->parent_path[length] = '\0';
  apply->parent_fd = open_or_make(apply, apply->parent_path);
  return apply->parent_fd;
}

static int remember_time(struct apply *apply, const char *path) {
  size_t size = strlen(path) + 1;
  struct late_time *late = malloc(sizeof *late + size);
  if (late == NULL) return tar_fail(apply, ENOMEM, "keep the times of directories");
  late->mtime = apply->entry.mtime;
  memcpy(late->path, path, size);
  late->next = apply->late;
  apply->late = late;
  return 0;
}

static int set_late_times(struct apply *apply) {
  for (const struct late_time *late = apply->late; late != NULL; late = late->next) {
    /* It may have been replaced by something else since; then there is nothing to set. */
    auto_close int fd = open_in_root(apply->root, late->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    if (fd < 0) continue;
    const struct timespec times[2] = {late->mtime, late->mtime};
    if (futimens(fd, times) < 0) return tar_fail(apply, errno, "set the times of \"%.100s\"", late->path);
  }
  return 0;
}

static int write_all(struct apply *apply, int fd, const unsigned char *data, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tar_fail(apply, errno, "write \"%.100s\"", apply->entry.name);
    data += written;
    size -= (size_t)written;
  }
  return 0;
}

static int count_bytes(struct apply *apply, uint64_t size) {
  uint64_t limit = apply->options->max_bytes != 0 ? apply->options->max_bytes : DEFAULT_MAX_BYTES;
  if (size > limit || apply->bytes > limit - size)
    return tar_fail(apply, 0, "the layer holds more than %llu bytes", (unsigned long long)limit);
  apply->bytes += size;
  return 0;
}

static int apply_file(struct apply *apply, int dirfd, const char *name) {
  struct tar_entry *entry = &apply->entry;
  if (count_bytes(apply, entry->size) < 0) return -1;
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  auto_close int fd = openat(dirfd, name, flags, 0600);
  if (fd < 0) return tar_fail(apply, errno, "make the file \"%.100s\"", entry->name);
  for (;;) {
    const unsigned char *data = NULL;
    ssize_t size = tar_reader_data(apply->reader, &data, apply->err);
    if (size < 0) return -1;
    if (size == 0) break;
    if (write_all(apply, fd, data, (size_t)size) < 0) return -1;
  }
  if (tar_set_metadata(apply, fd) < 0) return -1;
  const struct timespec times[2] = {entry->mtime, entry->mtime};
  if (futimens(fd, times) < 0) return tar_fail(apply, errno, "set the times of \"%.100s\"", entry->name);
  return 0;
}

static int apply_directory(struct apply *apply, int dirfd, const char *name, const char *path, bool opaque) {
  if (mkdirat(dirfd, name, 0700) < 0 && errno != EEXIST)
    return tar_fail(apply, errno, "make the directory \"%.100s\"", apply->entry.name);
  auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return tar_fail(apply, errno, "open \"%.100s\"", apply->entry.name);
  if (opaque && set_opaque(apply, dirfd, name) < 0) return -1;
  if (tar_set_metadata(apply, fd) < 0) return -1;
  return remember_time(apply, path);
}

/* Whether a lower layer's own whiteout or opaque directory hides `path` from the layers below it. */
static bool hides_below(const struct apply *apply, int parent, const char *path) {
  char prefix[TAR_NAME_MAX + 1];
  for (size_t length = strcspn(path, "/");; length += 1 + strcspn(path + length + 1, "/")) {
    memcpy(prefix, path, length);
    prefix[length] = '\0';
    auto_close int fd = open_in_root(parent, prefix, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) < 0) return false;
    if (!S_ISDIR(stat.st_mode)) return true;
    auto_close int readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char value;
    if (readable >= 0 && fgetxattr(readable, opaque_name(apply), &value, 1) == 1 && value == 'y') return true;
    if (path[length] == '\0') return false;
  }
}

/* Copies attributes of a lower layer's file; the ones that cannot be read or set were warned of when it was made. */
static int copy_xattrs(struct apply *apply, int from, int to) {
  char names[XATTR_LIST_MAX];
  ssize_t size = flistxattr(from, names, sizeof names);
  if (size < 0) return errno == ENOTSUP ? 0 : tar_fail(apply, errno, "read attributes of \"%.100s\"", apply->entry.link);
  char *value = malloc(XATTR_SIZE_MAX);
  if (value == NULL) return tar_fail(apply, ENOMEM, "copy attributes");
  int result = 0;
  for (const char *name = names; name < names + size && result == 0; name += strlen(name) + 1) {
    if (tar_is_overlay_xattr(name) || tar_is_label(name)) continue;
    ssize_t length = fgetxattr(from, name, value, XATTR_SIZE_MAX);
    if (length < 0) continue;
    if (fsetxattr(to, name, value, (size_t)length, 0) < 0 && errno != ENOTSUP && errno != EPERM)
      result = tar_fail(apply, errno, "copy the attribute %.60s of \"%.100s\"", name, apply->entry.link);
  }
  free(value);
  return result;
}

/* Makes `name` a copy of the file `from` of a lower layer, since a link cannot cross diff directories. */
static int copy_up(struct apply *apply, int from, const struct stat *stat, int dirfd, const char *name) {
  if (!S_ISREG(stat->st_mode))
    return tar_fail(apply, 0, "the hard link \"%.100s\" names something in a lower layer that is no regular file",
                apply->entry.name);
  if (count_bytes(apply, (uint64_t)stat->st_size) < 0) return -1;
  auto_close int to = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (to < 0) return tar_fail(apply, errno, "make the file \"%.100s\"", apply->entry.name);
  unsigned char buffer[65536];
  for (;;) {
    ssize_t size = read(from, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return tar_fail(apply, errno, "read \"%.100s\"", apply->entry.link);
    if (size == 0) break;
    if (write_all(apply, to, buffer, (size_t)size) < 0) return -1;
  }
  if (fchown(to, stat->st_uid, stat->st_gid) < 0) return tar_fail(apply, errno, "set the owner of \"%.100s\"", name);
  if (fchmod(to, stat->st_mode & 07777) < 0) return tar_fail(apply, errno, "set the mode of \"%.100s\"", name);
  if (copy_xattrs(apply, from, to) < 0) return -1;
  const struct timespec times[2] = {stat->st_mtim, stat->st_mtim};
  if (futimens(to, times) < 0) return tar_fail(apply, errno, "set the times of \"%.100s\"", name);
  return 0;
}

static int link_to_lower(struct apply *apply, const char *target, int dirfd, const char *name) {
  for (size_t i = 0; i < apply->options->parent_count; i++) {
    int parent = apply->options->parents[i];
    auto_close int found = open_in_root(parent, target, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);
    struct stat stat;
    if (found >= 0 && fstat(found, &stat) == 0 && !is_whiteout(apply, &stat)) {
      if (!S_ISREG(stat.st_mode)) return copy_up(apply, -1, &stat, dirfd, name);
      auto_close int file = open_in_root(parent, target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, RESOLVE_NO_SYMLINKS);
      if (file < 0) return tar_fail(apply, errno, "open \"%.100s\"", target);
      return copy_up(apply, file, &stat, dirfd, name);
    }
    if (hides_below(apply, parent, target)) break;
  }
  return tar_fail(apply, 0, "the hard link \"%.80s\" names \"%.80s\", which does not exist", apply->entry.name, target);
}

static int apply_hard_link(struct apply *apply, int dirfd, const char *name, const char *target) {
  if (*target == '\0') return tar_fail(apply, 0, "the hard link \"%.100s\" names the root", apply->entry.name);
  char directory[TAR_NAME_MAX + 1];
  const char *slash = strrchr(target, '/');
  const char *last = slash == NULL ? target : slash + 1;
  size_t length = slash == NULL ? 0 : (size_t)(slash - target);
  memcpy(directory, target, length);
  directory[length] = '\0';
  auto_close int from = open_in_root(apply->root, directory, O_PATH | O_DIRECTORY, 0);
  struct stat stat;
  if (from < 0 || fstatat(from, last, &stat, AT_SYMLINK_NOFOLLOW) < 0)
    return link_to_lower(apply, target, dirfd, name);
  if (S_ISDIR(stat.st_mode) || is_whiteout(apply, &stat))
    return tar_fail(apply, 0, "the hard link \"%.80s\" names \"%.80s\", which is no file", apply->entry.name, target);
  if (linkat(from, last, dirfd, name, 0) < 0) return tar_fail(apply, errno, "make the link \"%.100s\"", apply->entry.name);
  return 0;
}

static int apply_node(struct apply *apply, int dirfd, const char *name) {
  const struct tar_entry *entry = &apply->entry;
  mode_t type = entry->type == '3' ? S_IFCHR : entry->type == '4' ? S_IFBLK : S_IFIFO;
  if (type != S_IFIFO && apply->options->skip_devices) {
    tar_warn(apply, "left out the device \"%.150s\": devices cannot be made here", entry->name);
    return 0;
  }
  if (type == S_IFCHR && entry->major == 0 && entry->minor == 0) {
    tar_warn(apply, "left out the device 0:0 \"%.150s\": overlayfs would take it for a whiteout", entry->name);
    return 0;
  }
  if (mknodat(dirfd, name, type | 0600, makedev(entry->major, entry->minor)) < 0)
    return tar_fail(apply, errno, "make the device or pipe \"%.100s\"", entry->name);
  return tar_set_metadata_at(apply, dirfd, name);
}

/* `.wh.NAME` hides NAME of the lower layers, never what this layer itself brings, in whatever order they come. */
static int apply_whiteout(struct apply *apply, int dirfd, const char *hidden) {
  if (*hidden == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
    return tar_fail(apply, 0, "invalid whiteout \"%.100s\"", apply->entry.name);
  /* Other names under the reserved prefix (.wh..wh.plnk, .wh..wh.aufs) are left-overs of AUFS without meaning. */
  if (strncmp(hidden, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0) return 0;
  struct stat stat;
  if (fstatat(dirfd, hidden, &stat, AT_SYMLINK_NOFOLLOW) == 0)
    return S_ISDIR(stat.st_mode) ? set_opaque(apply, dirfd, hidden) : 0;
  if (errno != ENOENT) return tar_fail(apply, errno, "look up \"%.100s\"", hidden);
  if (mknodat(dirfd, hidden, S_IFCHR | 0000, makedev(0, 0)) == 0) return 0;
  if (errno != EPERM) return tar_fail(apply, errno, "make the whiteout \"%.100s\"", apply->entry.name);
  return keep_marker(apply, dirfd, hidden - strlen(WHITEOUT_PREFIX));
}

static int apply_root_entry(struct apply *apply) {
  /* A directory that is in use keeps what it is: the archive is about its entries. */
  if (is_plain(apply)) return 0;
  if (apply->entry.type != '5') return tar_fail(apply, 0, "the archive's root entry is no directory");
  if (tar_set_metadata(apply, apply->root) < 0) return -1;
  return remember_time(apply, "");
}

static int apply_entry(struct apply *apply) {
  struct tar_entry *entry = &apply->entry;
  char path[TAR_NAME_MAX + 1];
  char target[TAR_NAME_MAX + 1] = "";
  if (clean_path(apply, entry->name, "the entry", path) < 0) return -1;
  if (entry->type == '1' && clean_path(apply, entry->link, "the hard link", target) < 0) return -1;
  if (*path == '\0') return apply_root_entry(apply);
  if (below_base(apply, path) < 0 || (entry->type == '1' && below_base(apply, target) < 0)) return -1;
  const char *name;
  int dirfd = parent_of(apply, path, &name);
  if (dirfd < 0) return -1;
  if (!is_plain(apply) && strcmp(name, OPAQUE_MARKER) == 0) return set_opaque(apply, dirfd, ".");
  if (!is_plain(apply) && strncmp(name, WHITEOUT_PREFIX, strlen(WHITEOUT_PREFIX)) == 0)
    return apply_whiteout(apply, dirfd, name + strlen(WHITEOUT_PREFIX));

  struct stat stat;
  bool opaque = false;
  if (fstatat(dirfd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0) {
    opaque = entry->type == '5' && is_whiteout(apply, &stat);
    if (apply->options->keep_kinds && S_ISDIR(stat.st_mode) && entry->type != '5')
      return tar_fail(apply, 0, "cannot overwrite directory \"/%.80s\" with non-directory \"%.80s\"", path, entry->name);
    if (apply->options->keep_kinds && !S_ISDIR(stat.st_mode) && entry->type == '5')
      return tar_fail(apply, 0, "cannot overwrite non-directory \"/%.80s\" with directory \"%.80s\"", path, entry->name);
    if (!(entry->type == '5' && S_ISDIR(stat.st_mode))) {
      /* A link onto itself keeps the file. */
      if (entry->type == '1' && strcmp(path, target) == 0) return 0;
      if (remove_existing(apply, dirfd, name) < 0) return -1;
      /* The cache was dropped with the descriptor in it. */
      dirfd = parent_of(apply, path, &name);
      if (dirfd < 0) return -1;
    }
  }
  switch (entry->type) {
  case '0':
    return apply_file(apply, dirfd, name);
  case '1':
    return apply_hard_link(apply, dirfd, name, target);
  case '2':
    if (*entry->link == '\0') return tar_fail(apply, 0, "the symbolic link \"%.100s\" is empty", entry->name);
    if (symlinkat(entry->link, dirfd, name) < 0)
      return tar_fail(apply, errno, "make the link \"%.100s\"", entry->name);
    return tar_set_metadata_at(apply, dirfd, name);
  case '5':
    return apply_directory(apply, dirfd, name, path, opaque);
  default:
    return apply_node(apply, dirfd, name);
  }
}

static int apply_all(struct apply *apply) {
  uint64_t limit = apply->options->max_entries != 0 ? apply->options->max_entries : DEFAULT_MAX_ENTRIES;
  int got;
  while ((got = tar_reader_next(apply->reader, &apply->entry, apply->err)) == 1) {
    if (++apply->entries > limit)
      return tar_fail(apply, 0, "the layer holds more than %llu entries", (unsigned long long)limit);
    if (apply_entry(apply) < 0) return -1;
  }
  if (got < 0) return -1;
  if (tar_reader_drain(apply->reader, apply->err) < 0) return -1;
  return set_late_times(apply);
}

int tar_apply(int in_fd, int dest_dirfd, const struct tar_options *options, struct tar_result *result,
              struct error *err) {
  *result = (struct tar_result){0};
  *err = (struct error){0};
  struct apply *apply = calloc(1, sizeof *apply);
  if (apply == NULL) {
    snprintf(err->msg, sizeof err->msg, "no memory");
    err->errno_ = ENOMEM;
    return -1;
  }
  apply->root = dest_dirfd;
  apply->options = options;
  apply->result = result;
  apply->err = err;
  apply->parent_fd = -1;
  apply->reader = tar_reader_new(in_fd);
  /* The modes of the archive are exact. */
  mode_t mask = umask(0);
  int status = apply->reader == NULL ? tar_fail(apply, ENOMEM, "read the archive") : apply_all(apply);
  umask(mask);
  if (options->keep_owner && status == 0)
    tar_warn(apply, "only one user id is mapped: every file belongs to root of the container");
  result->size = apply->bytes;
  result->entries = apply->entries;
  drop_parent(apply);
  while (apply->late != NULL) {
    struct late_time *next = apply->late->next;
    free(apply->late);
    apply->late = next;
  }
  tar_reader_free(apply->reader);
  free(apply);
  return status;
}
