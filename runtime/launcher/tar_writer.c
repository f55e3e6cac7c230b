#include "tar_writer.h"

#include <linux/limits.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define BLOCK 512
/* As large as the socket takes at a time, and still in the L2 cache. */
#define BUFFER_SIZE (256 * 1024)
/* What eleven octal digits hold; larger sizes go into the extended header. */
#define OCTAL_SIZE_MAX UINT64_C(077777777777)
#define OCTAL_ID_MAX 07777777u
/* Long names (two of 4 kB) and the attributes of one file. */
#define EXTENDED_MAX (96 * 1024)

struct tar_writer {
	int fd;
	size_t used;
	size_t extended_size;
	char extended[EXTENDED_MAX];
	unsigned char buffer[BUFFER_SIZE];
};

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2];
	char user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header fills one block");

struct tar_writer *tar_writer_new(int fd)
{
	struct tar_writer *writer = malloc(sizeof *writer);
	if (!writer)
		return NULL;
	writer->fd = fd;
	writer->used = writer->extended_size = 0;
	return writer;
}

void tar_writer_free(struct tar_writer *writer)
{
	free(writer);
}

int tar_writer_flush(struct tar_writer *writer)
{
	int result = writer->used == 0 ? 0 : write_full(writer->fd, writer->buffer, writer->used);
	writer->used = 0;
	return result;
}

int tar_writer_bytes(struct tar_writer *writer, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;
	while (size > 0) {
		if (writer->used == BUFFER_SIZE && tar_writer_flush(writer) < 0)
			return -1;
		size_t room = BUFFER_SIZE - writer->used;
		size_t step = size < room ? size : room;
		memcpy(writer->buffer + writer->used, from, step);
		writer->used += step;
		from += step;
		size -= step;
	}
	return 0;
}

static int pad(struct tar_writer *writer, uint64_t size)
{
	static const unsigned char zeros[BLOCK];
	return tar_writer_bytes(writer, zeros, (size_t)((BLOCK - size % BLOCK) % BLOCK));
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts its own digits. */
static int add_record(struct tar_writer *writer, const char *key, const void *value, size_t value_size)
{
	size_t rest = strlen(key) + value_size + 3;
	size_t length = rest + 1;
	char digits[24];
	while ((size_t)snprintf(digits, sizeof digits, "%zu", length) + rest != length)
		length = (size_t)snprintf(digits, sizeof digits, "%zu", length) + rest;
	if (length > EXTENDED_MAX - writer->extended_size) {
		errno = E2BIG;
		return -1;
	}
	char *at = writer->extended + writer->extended_size;
	at += sprintf(at, "%zu %s=", length, key);
	memcpy(at, value, value_size);
	at[value_size] = '\n';
	writer->extended_size += length;
	return 0;
}

static int add_number(struct tar_writer *writer, const char *key, uint64_t value)
{
	char text[24];
	return add_record(writer, key, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)value));
}

/* Attributes that mean something elsewhere: capabilities, and those of the files' owners. */
static bool travels(const char *name)
{
	return !strcmp(name, "security.capability") ||
	       (!strncmp(name, "user.", 5) && strncmp(name, "user.overlay.", 13) != 0);
}

static int add_attributes(struct tar_writer *writer, int fd)
{
	static char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
	ssize_t size = flistxattr(fd, names, sizeof names);
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		char key[XATTR_NAME_MAX + 16];
		ssize_t length = travels(name) ? fgetxattr(fd, name, value, sizeof value) : -1;
		if (length < 0)
			continue;
		snprintf(key, sizeof key, "SCHILY.xattr.%.255s", name);
		if (add_record(writer, key, value, (size_t)length) < 0)
			return -1;
	}
	return 0;
}

static void octal(char *field, size_t size, uint64_t value)
{
	field[size - 1] = '\0';
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

static void finish_header(struct header *header)
{
	unsigned sum = 0;
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
	memset(header->checksum, ' ', sizeof header->checksum);
	for (size_t i = 0; i < sizeof *header; i++)
		sum += ((const unsigned char *)header)[i];
	octal(header->checksum, 7, sum);
	header->checksum[7] = ' ';
}

static int write_extended(struct tar_writer *writer)
{
	struct header header = { .name = "PaxHeaders.0/entry", .type = 'x' };
	octal(header.mode, sizeof header.mode, 0644);
	octal(header.uid, sizeof header.uid, 0);
	octal(header.gid, sizeof header.gid, 0);
	octal(header.size, sizeof header.size, writer->extended_size);
	octal(header.mtime, sizeof header.mtime, 0);
	finish_header(&header);
	if (tar_writer_bytes(writer, &header, sizeof header) < 0 ||
	    tar_writer_bytes(writer, writer->extended, writer->extended_size) < 0)
		return -1;
	return pad(writer, writer->extended_size);
}

static char type_of(const struct stat *info, bool hard)
{
	switch (info->st_mode & S_IFMT) {
	case S_IFDIR:
		return '5';
	case S_IFLNK:
		return hard ? '1' : '2';
	case S_IFCHR:
		return hard ? '1' : '3';
	case S_IFBLK:
		return hard ? '1' : '4';
	case S_IFIFO:
		return hard ? '1' : '6';
	}
	return hard ? '1' : '0';
}

int tar_writer_entry(struct tar_writer *writer, const char *name, const struct stat *info, const char *link, bool hard,
		     int attributes_fd)
{
	struct header header = { .type = type_of(info, hard) };
	uint64_t size = header.type == '0' ? (uint64_t)info->st_size : 0;
	writer->extended_size = 0;
	if (strlen(name) > sizeof header.name && add_record(writer, "path", name, strlen(name)) < 0)
		return -1;
	if (strlen(link) > sizeof header.link && add_record(writer, "linkpath", link, strlen(link)) < 0)
		return -1;
	if (size > OCTAL_SIZE_MAX && add_number(writer, "size", size) < 0)
		return -1;
	if (info->st_uid > OCTAL_ID_MAX && add_number(writer, "uid", info->st_uid) < 0)
		return -1;
	if (info->st_gid > OCTAL_ID_MAX && add_number(writer, "gid", info->st_gid) < 0)
		return -1;
	if (attributes_fd >= 0 && !hard && add_attributes(writer, attributes_fd) < 0)
		return -1;
	if (writer->extended_size > 0 && write_extended(writer) < 0)
		return -1;
	memcpy(header.name, name, strnlen(name, sizeof header.name));
	memcpy(header.link, link, strnlen(link, sizeof header.link));
	octal(header.mode, sizeof header.mode, info->st_mode & 07777);
	octal(header.uid, sizeof header.uid, info->st_uid > OCTAL_ID_MAX ? 0 : info->st_uid);
	octal(header.gid, sizeof header.gid, info->st_gid > OCTAL_ID_MAX ? 0 : info->st_gid);
	octal(header.size, sizeof header.size, size > OCTAL_SIZE_MAX ? 0 : size);
	/* Whole seconds, as Docker writes them; a time before 1970 has no form here. */
	octal(header.mtime, sizeof header.mtime, info->st_mtim.tv_sec > 0 ? (uint64_t)info->st_mtim.tv_sec : 0);
	if (header.type == '3' || header.type == '4') {
		octal(header.major, sizeof header.major, major(info->st_rdev));
		octal(header.minor, sizeof header.minor, minor(info->st_rdev));
	}
	finish_header(&header);
	return tar_writer_bytes(writer, &header, sizeof header);
}

int tar_writer_file(struct tar_writer *writer, int fd, uint64_t size)
{
	uint64_t left = size;
	while (left > 0) {
		if (writer->used == BUFFER_SIZE && tar_writer_flush(writer) < 0)
			return -1;
		size_t room = BUFFER_SIZE - writer->used;
		size_t step = left < room ? (size_t)left : room;
		ssize_t n = RETRY(read(fd, writer->buffer + writer->used, step));
		if (n < 0)
			return -1;
		if (n == 0) {
			memset(writer->buffer + writer->used, 0, step);
			n = (ssize_t)step;
		}
		writer->used += (size_t)n;
		left -= (uint64_t)n;
	}
	return pad(writer, size);
}

int tar_writer_end(struct tar_writer *writer)
{
	static const unsigned char zeros[2 * BLOCK];
	return tar_writer_bytes(writer, zeros, sizeof zeros) < 0 ? -1 : tar_writer_flush(writer);
}
