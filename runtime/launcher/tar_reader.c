#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tar_reader.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 512
/* Large enough that read(2) and write(2) cost little per byte, small enough to stay in the L2 cache. */
#define BUFFER_SIZE (256 * 1024)
/* No single file of an image is near 8 TiB; the cap keeps every sum below 2^63. */
#define SIZE_MAX_ENTRY (UINT64_C(1) << 43)

struct tar_reader {
  int fd;
  unsigned char *buffer;
  size_t start;
  size_t end;
  uint64_t data_left;    /* bytes of the current entry's data not yet handed out */
  uint64_t padding_left; /* bytes that fill its last block */
  /* Extended header of the current entry as `key NUL value NUL` runs; see parse_extended. */
  char *extended;
  size_t extended_size;
};

/* Values of extended headers that replace header fields; `has_*` tells which are there. */
struct overrides {
  const char *path;
  const char *link;
  bool has_size, has_uid, has_gid, has_mtime;
  uint64_t size;
  uint32_t uid, gid;
  struct timespec mtime;
};

__attribute__((format(printf, 3, 4))) static int reader_fail(struct error *err, int errnum, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(err->msg, sizeof err->msg, format, arguments);
  va_end(arguments);
  err->errno_ = errnum;
  err->kind = FAIL_INTERNAL;
  return -1;
}

struct tar_reader *tar_reader_new(int fd) {
  struct tar_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->fd = fd;
  reader->buffer = malloc(BUFFER_SIZE);
  if (reader->buffer == NULL) {
    free(reader);
    return NULL;
  }
  return reader;
}

void tar_reader_free(struct tar_reader *reader) {
  if (reader == NULL) return;
  free(reader->buffer);
  free(reader->extended);
  free(reader);
}

/* Reads more after what is buffered. Bytes read, 0 at the end of the stream, -1. */
static ssize_t fill(struct tar_reader *reader, struct error *err) {
  if (reader->start == reader->end) {
    reader->start = 0;
    reader->end = 0;
  } else if (reader->start > 0) {
    memmove(reader->buffer, reader->buffer + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
  }
  ssize_t count;
  do {
    count = read(reader->fd, reader->buffer + reader->end, BUFFER_SIZE - reader->end);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return reader_fail(err, errno, "read the archive: %s", strerror(errno));
  reader->end += (size_t)count;
  return count;
}

/* A whole block in `*block`: 1, 0 at the end of the stream on a block boundary, -1. */
static int next_block(struct tar_reader *reader, const unsigned char **block, struct error *err) {
  while (reader->end - reader->start < BLOCK) {
    ssize_t count = fill(reader, err);
    if (count < 0) return -1;
    if (count == 0) {
      if (reader->end == reader->start) return 0;
      return reader_fail(err, 0, "the archive is truncated: it ends inside a header");
    }
  }
  *block = reader->buffer + reader->start;
  reader->start += BLOCK;
  return 1;
}

static int skip(struct tar_reader *reader, uint64_t count, struct error *err) {
  while (count > 0) {
    if (reader->start == reader->end) {
      ssize_t got = fill(reader, err);
      if (got < 0) return -1;
      if (got == 0) return reader_fail(err, 0, "the archive is truncated: it ends inside an entry's data");
    }
    uint64_t have = reader->end - reader->start;
    uint64_t step = have < count ? have : count;
    reader->start += (size_t)step;
    count -= step;
  }
  return 0;
}

ssize_t tar_reader_data(struct tar_reader *reader, const unsigned char **data, struct error *err) {
  if (reader->data_left == 0) return 0;
  if (reader->start == reader->end) {
    ssize_t got = fill(reader, err);
    if (got < 0) return -1;
    if (got == 0) return reader_fail(err, 0, "the archive is truncated: it ends inside an entry's data");
  }
  uint64_t have = reader->end - reader->start;
  size_t step = (size_t)(have < reader->data_left ? have : reader->data_left);
  *data = reader->buffer + reader->start;
  reader->start += step;
  reader->data_left -= step;
  return (ssize_t)step;
}

int tar_reader_drain(struct tar_reader *reader, struct error *err) {
  for (;;) {
    reader->start = reader->end;
    ssize_t got = fill(reader, err);
    if (got <= 0) return (int)got;
  }
}

/* A numeric field: octal text padded with blanks or NULs, or GNU base-256 (first byte 0x80 or 0xff). */
static int parse_number(const unsigned char *field, size_t size, int64_t *value) {
  if ((field[0] & 0x80) != 0) {
    bool negative = (field[0] & 0x40) != 0;
    uint64_t result = negative ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) {
      unsigned char byte = field[i];
      if (i == 0) byte = negative ? (byte | 0x80) : (byte & 0x7f);
      /* What would be shifted out must be plain sign extension. */
      if (result >> 55 != (negative ? UINT64_C(0x1ff) : 0)) return -1;
      result = (result << 8) | byte;
    }
    *value = (int64_t)result;
    return 0;
  }
  size_t i = 0;
  while (i < size && (field[i] == ' ' || field[i] == '\0')) i++;
  int64_t result = 0;
  for (; i < size && field[i] != ' ' && field[i] != '\0'; i++) {
    if (field[i] < '0' || field[i] > '7' || result > (INT64_MAX >> 3)) return -1;
    result = (result << 3) | (field[i] - '0');
  }
  for (; i < size; i++)
    if (field[i] != ' ' && field[i] != '\0') return -1;
  *value = result;
  return 0;
}

static int parse_field(const unsigned char *field, size_t size, int64_t max, const char *what, int64_t *value,
                       struct error *err) {
  if (parse_number(field, size, value) < 0 || *value < 0 || *value > max)
    return reader_fail(err, 0, "invalid archive header: bad %s", what);
  return 0;
}

static bool is_zero(const unsigned char *block) {
  for (size_t i = 0; i < BLOCK; i++)
    if (block[i] != 0) return false;
  return true;
}

/* POSIX sums unsigned bytes; some old writers summed signed ones. */
static bool checksum_matches(const unsigned char *block) {
  int64_t stored;
  if (parse_number(block + 148, 8, &stored) < 0) return false;
  int64_t plain = 0;
  int64_t signed_sum = 0;
  for (size_t i = 0; i < BLOCK; i++) {
    unsigned char byte = i >= 148 && i < 156 ? ' ' : block[i];
    plain += byte;
    signed_sum += (signed char)byte;
  }
  return stored == plain || stored == signed_sum;
}

/* Decimal digits only, no sign, no blanks. */
static int parse_decimal(const char *text, uint64_t max, uint64_t *value) {
  if (*text == '\0') return -1;
  uint64_t result = 0;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9') return -1;
    uint64_t digit = (uint64_t)(*text - '0');
    if (result > (max - digit) / 10) return -1;
    result = result * 10 + digit;
  }
  *value = result;
  return 0;
}

/* Seconds with an optional sign and fraction; digits past the nanosecond are cut. */
static int parse_time(const char *text, struct timespec *value) {
  char whole[24];
  bool negative = *text == '-';
  if (negative) text++;
  size_t length = strcspn(text, ".");
  if (length == 0 || length >= sizeof whole) return -1;
  memcpy(whole, text, length);
  whole[length] = '\0';
  uint64_t seconds;
  if (parse_decimal(whole, INT64_MAX / 2, &seconds) < 0) return -1;
  long nanoseconds = 0;
  if (text[length] == '.') {
    long unit = 100000000;
    for (const char *digit = text + length + 1; *digit != '\0'; digit++) {
      if (*digit < '0' || *digit > '9') return -1;
      nanoseconds += unit * (*digit - '0');
      unit /= 10;
    }
  }
  value->tv_sec = (time_t)seconds;
  value->tv_nsec = nanoseconds;
  if (negative) {
    value->tv_sec = -value->tv_sec;
    if (nanoseconds > 0) {
      value->tv_sec -= 1;
      value->tv_nsec = 1000000000 - nanoseconds;
    }
  }
  return 0;
}

/* Reads `size` bytes of data plus padding into a fresh, NUL-terminated buffer. */
static char *read_whole(struct tar_reader *reader, uint64_t size, struct error *err) {
  if (size > TAR_EXTENDED_MAX) {
    reader_fail(err, 0, "an extended header of %llu bytes is over the limit of %d", (unsigned long long)size,
         TAR_EXTENDED_MAX);
    return NULL;
  }
  char *text = malloc((size_t)size + 1);
  if (text == NULL) {
    reader_fail(err, ENOMEM, "no memory for an extended header");
    return NULL;
  }
  size_t have = 0;
  reader->data_left = size;
  while (have < size) {
    const unsigned char *data = NULL;
    ssize_t step = tar_reader_data(reader, &data, err);
    if (step <= 0) {
      free(text);
      return NULL;
    }
    memcpy(text + have, data, (size_t)step);
    have += (size_t)step;
  }
  text[size] = '\0';
  if (skip(reader, (BLOCK - size % BLOCK) % BLOCK, err) < 0) {
    free(text);
    return NULL;
  }
  return text;
}

static int override_value(const char *key, const char *value, size_t value_size, struct overrides *out,
                          struct error *err) {
  uint64_t number;
  if (strncmp(key, "GNU.sparse.", 11) == 0) return reader_fail(err, 0, "sparse file entries are not supported");
  bool is_xattr = strncmp(key, "SCHILY.xattr.", 13) == 0;
  if (!is_xattr && memchr(value, '\0', value_size) != NULL)
    return reader_fail(err, 0, "invalid archive header: a NUL byte in the extended header");
  if (strcmp(key, "path") == 0) {
    out->path = value_size == 0 ? NULL : value;
  } else if (strcmp(key, "linkpath") == 0) {
    out->link = value_size == 0 ? NULL : value;
  } else if (strcmp(key, "size") == 0) {
    if (value_size == 0) return out->has_size = false, 0;
    if (parse_decimal(value, SIZE_MAX_ENTRY, &number) < 0) return reader_fail(err, 0, "invalid archive header: bad size");
    out->size = number;
    out->has_size = true;
  } else if (strcmp(key, "uid") == 0) {
    if (value_size == 0) return out->has_uid = false, 0;
    if (parse_decimal(value, UINT32_MAX - 1, &number) < 0) return reader_fail(err, 0, "invalid archive header: bad uid");
    out->uid = (uint32_t)number;
    out->has_uid = true;
  } else if (strcmp(key, "gid") == 0) {
    if (value_size == 0) return out->has_gid = false, 0;
    if (parse_decimal(value, UINT32_MAX - 1, &number) < 0) return reader_fail(err, 0, "invalid archive header: bad gid");
    out->gid = (uint32_t)number;
    out->has_gid = true;
  } else if (strcmp(key, "mtime") == 0) {
    if (value_size == 0) return out->has_mtime = false, 0;
    if (parse_time(value, &out->mtime) < 0) return reader_fail(err, 0, "invalid archive header: bad mtime");
    out->has_mtime = true;
  }
  return 0;
}

/* Cuts `text` ("LENGTH KEY=VALUE\n" records) in place: the '=' and the newline become NULs, so that keys and values
 * can be handed out as strings while the buffer lives. */
static int parse_extended(char *text, size_t size, struct overrides *out, struct error *err) {
  size_t at = 0;
  while (at < size) {
    size_t length = 0;
    size_t digits = 0;
    while (at + digits < size && text[at + digits] >= '0' && text[at + digits] <= '9' && digits < 8) {
      length = length * 10 + (size_t)(text[at + digits] - '0');
      digits++;
    }
    if (digits == 0 || at + digits >= size || text[at + digits] != ' ' || length < digits + 3 || length > size - at ||
        text[at + length - 1] != '\n')
      return reader_fail(err, 0, "invalid archive header: malformed extended header");
    char *key = text + at + digits + 1;
    size_t rest = length - digits - 2; /* key=value without the newline */
    char *equals = memchr(key, '=', rest);
    if (equals == NULL || equals == key || memchr(key, '\0', (size_t)(equals - key)) != NULL)
      return reader_fail(err, 0, "invalid archive header: malformed extended header");
    *equals = '\0';
    text[at + length - 1] = '\0';
    size_t value_size = rest - (size_t)(equals + 1 - key);
    if (override_value(key, equals + 1, value_size, out, err) < 0) return -1;
    at += length;
  }
  return 0;
}

bool tar_reader_xattr(const struct tar_reader *reader, size_t *cursor, struct tar_xattr *xattr) {
  while (reader->extended != NULL && *cursor < reader->extended_size) {
    const char *record = reader->extended + *cursor;
    char *end;
    unsigned long length = strtoul(record, &end, 10);
    *cursor += length;
    const char *key = end + 1;
    size_t key_length = strlen(key);
    if (strncmp(key, "SCHILY.xattr.", 13) != 0) continue;
    xattr->name = key + 13;
    xattr->value = key + key_length + 1;
    xattr->size = (size_t)(record + length - 1 - xattr->value);
    return true;
  }
  return false;
}

static int copy_name(char *target, const char *text, size_t length, const char *what, struct error *err) {
  if (length > TAR_NAME_MAX) return reader_fail(err, 0, "an entry's %s is longer than %d bytes", what, TAR_NAME_MAX);
  memcpy(target, text, length);
  target[length] = '\0';
  return 0;
}

static int parse_names(const unsigned char *block, const struct overrides *over, struct tar_entry *entry,
                       struct error *err) {
  if (over->path != NULL) {
    if (copy_name(entry->name, over->path, strlen(over->path), "name", err) < 0) return -1;
  } else {
    char full[155 + 1 + 100 + 1];
    size_t length = 0;
    /* Only POSIX ustar ("ustar\0") has a prefix; GNU's "ustar  " puts other things there. */
    size_t prefix = memcmp(block + 257, "ustar", 6) == 0 ? strnlen((const char *)block + 345, 155) : 0;
    if (prefix > 0) {
      memcpy(full, block + 345, prefix);
      full[prefix] = '/';
      length = prefix + 1;
    }
    size_t name = strnlen((const char *)block, 100);
    memcpy(full + length, block, name);
    if (copy_name(entry->name, full, length + name, "name", err) < 0) return -1;
  }
  const char *link = over->link != NULL ? over->link : (const char *)block + 157;
  size_t link_length = over->link != NULL ? strlen(link) : strnlen(link, 100);
  return copy_name(entry->link, link, link_length, "link name", err);
}

static int parse_header(const unsigned char *block, const struct overrides *over, struct tar_entry *entry,
                        struct error *err) {
  int64_t number;
  if (parse_names(block, over, entry, err) < 0) return -1;
  if (parse_field(block + 100, 8, INT64_MAX, "mode", &number, err) < 0) return -1;
  entry->mode = (mode_t)(number & 07777);
  if (parse_field(block + 108, 8, UINT32_MAX - 1, "uid", &number, err) < 0) return -1;
  entry->uid = over->has_uid ? over->uid : (uint32_t)number;
  if (parse_field(block + 116, 8, UINT32_MAX - 1, "gid", &number, err) < 0) return -1;
  entry->gid = over->has_gid ? over->gid : (uint32_t)number;
  if (parse_field(block + 124, 12, (int64_t)SIZE_MAX_ENTRY, "size", &number, err) < 0) return -1;
  entry->size = over->has_size ? over->size : (uint64_t)number;
  if (parse_number(block + 136, 12, &number) < 0) return reader_fail(err, 0, "invalid archive header: bad mtime");
  entry->mtime = over->has_mtime ? over->mtime : (struct timespec){.tv_sec = (time_t)number};
  entry->major = 0;
  entry->minor = 0;
  entry->type = (char)block[156];
  if (entry->type == '\0' || entry->type == '7') entry->type = '0';
  size_t length = strlen(entry->name);
  /* Before ustar, a directory was a file whose name ends in a slash. */
  if (entry->type == '0' && length > 0 && entry->name[length - 1] == '/') entry->type = '5';
  if (entry->type == '3' || entry->type == '4') {
    if (parse_field(block + 329, 8, UINT32_MAX, "device number", &number, err) < 0) return -1;
    entry->major = (uint32_t)number;
    if (parse_field(block + 337, 8, UINT32_MAX, "device number", &number, err) < 0) return -1;
    entry->minor = (uint32_t)number;
  }
  /* Only regular files carry data; other writers put sizes of links there that no data follows. */
  if (entry->type != '0') entry->size = 0;
  return 0;
}

int tar_reader_next(struct tar_reader *reader, struct tar_entry *entry, struct error *err) {
  if (skip(reader, reader->data_left + reader->padding_left, err) < 0) return -1;
  reader->data_left = 0;
  reader->padding_left = 0;
  free(reader->extended);
  reader->extended = NULL;
  reader->extended_size = 0;

  struct overrides over = {0};
  char *long_name = NULL;
  char *long_link = NULL;
  int result = -1;
  bool announced = false; /* an extended header must be followed by its entry */
  for (;;) {
    const unsigned char *block = NULL;
    int got = next_block(reader, &block, err);
    if (got < 0) break;
    if (got == 0 || is_zero(block)) {
      if (announced) reader_fail(err, 0, "the archive is truncated: it ends after an extended header");
      else result = 0;
      break;
    }
    if (!checksum_matches(block)) {
      reader_fail(err, 0, "invalid archive header: bad checksum");
      break;
    }
    char type = (char)block[156];
    if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
      int64_t size;
      if (parse_field(block + 124, 12, (int64_t)SIZE_MAX_ENTRY, "size", &size, err) < 0) break;
      char *text = read_whole(reader, (uint64_t)size, err);
      if (text == NULL) break;
      announced = announced || type != 'g';
      if (type == 'L') {
        free(long_name);
        long_name = text;
      } else if (type == 'K') {
        free(long_link);
        long_link = text;
      } else if (type == 'g') {
        free(text);
      } else {
        free(reader->extended);
        reader->extended = text;
        reader->extended_size = (size_t)size;
        over = (struct overrides){0};
        if (parse_extended(text, (size_t)size, &over, err) < 0) break;
      }
      continue;
    }
    if (over.path == NULL) over.path = long_name;
    if (over.link == NULL) over.link = long_link;
    if (parse_header(block, &over, entry, err) < 0) break;
    if (strchr("0123456", entry->type) == NULL) {
      if (entry->type == 'S') reader_fail(err, 0, "sparse file entries are not supported");
      else reader_fail(err, 0, "unsupported archive entry type 0x%02x", (unsigned char)entry->type);
      break;
    }
    reader->data_left = entry->size;
    reader->padding_left = (BLOCK - entry->size % BLOCK) % BLOCK;
    result = 1;
    break;
  }
  free(long_name);
  free(long_link);
  return result;
}
