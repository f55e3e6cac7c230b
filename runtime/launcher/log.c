#include "paths.h"
#include "log.h"

#include "crash.h"

#include <dirent.h>
#include <endian.h>
#include <sys/stat.h>

static bool read_record_size(int fd, off_t at, off_t end, uint32_t *size)
{
	uint32_t front, back;
	if (at + (off_t)(LOG_HEADER + LOG_TRAILER) > end || pread(fd, &front, sizeof front, at) != sizeof front)
		return false;
	*size = le32toh(front);
	if (*size > LOG_LINE_MAX || at + (off_t)(LOG_HEADER + LOG_TRAILER + *size) > end)
		return false;
	return pread(fd, &back, sizeof back, at + (off_t)(LOG_HEADER + *size)) == sizeof back && back == front;
}

/* The end of the last whole record. The common case, an intact file, is seen from its last record alone. */
static off_t find_end(int fd, off_t size)
{
	uint32_t last, record;
	if (size >= (off_t)(LOG_HEADER + LOG_TRAILER) &&
	    pread(fd, &last, sizeof last, size - (off_t)LOG_TRAILER) == sizeof last) {
		off_t start = size - (off_t)(LOG_HEADER + LOG_TRAILER + le32toh(last));
		if (le32toh(last) <= LOG_LINE_MAX && start >= 0 && read_record_size(fd, start, size, &record) &&
		    record == le32toh(last))
			return size;
	}
	off_t at = 0;
	while (read_record_size(fd, at, size, &record))
		at += (off_t)(LOG_HEADER + LOG_TRAILER + record);
	return at;
}

/* The number after the highest that a rotated file has (NAME.<number> or, compressed, NAME.<number>.gz). */
static int find_number(struct log *log)
{
	DIR *listing = open_listing(log->directory);
	if (!listing)
		return -1;
	size_t length = strlen(log->name);
	log->number = 1;
	for (struct dirent *entry; (entry = readdir(listing));) {
		char *end;
		if (strncmp(entry->d_name, log->name, length) || entry->d_name[length] != '.')
			continue;
		unsigned long long number = strtoull(entry->d_name + length + 1, &end, 10);
		if (end != entry->d_name + length + 1 && (!*end || !strcmp(end, ".gz")) && number >= log->number)
			log->number = number + 1;
	}
	closedir(listing);
	return 0;
}

static int open_rotation(struct log *log, const char *path, const struct log_rotation *rotation)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	log->rotation = *rotation;
	if (rotation->max_size == 0 || !slash)
		return 0;
	snprintf(parent, sizeof parent, "%.*s/", (int)(slash - path), path);
	log->name = slash + 1;
	log->directory = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return log->directory < 0 ? -1 : find_number(log);
}

static void rotated_name(const struct log *log, uint64_t number, const char *suffix, char name[NAME_MAX + 1])
{
	snprintf(name, NAME_MAX + 1, "%.200s.%llu%s", log->name, (unsigned long long)number, suffix);
}

/* What cannot be done leaves the log as it is: it grows on rather than lose a line. */
static void rotate(struct log *log)
{
	char name[NAME_MAX + 1];
	rotated_name(log, log->number, "", name);
	crash_point("log-rotating");
	if (renameat(log->directory, log->name, log->directory, name) < 0)
		return;
	crash_point("log-renamed");
	int fd = openat(log->directory, log->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0) {
		renameat(log->directory, name, log->directory, log->name);
		return;
	}
	close_fd(&log->fd);
	log->fd = fd;
	log->end = 0;
	crash_point("log-begun");
	if (log->number >= log->rotation.max_files) {
		rotated_name(log, log->number + 1 - log->rotation.max_files, "", name);
		unlinkat(log->directory, name, 0);
		rotated_name(log, log->number + 1 - log->rotation.max_files, ".gz", name);
		unlinkat(log->directory, name, 0);
	}
	log->number++;
}

int log_open(struct log *log, const char *path, const struct log_rotation *rotation, struct error *error)
{
	log->pending = log->lines[0].size = log->lines[1].size = 0;
	log->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
	struct stat info;
	if (log->fd < 0 || fstat(log->fd, &info) < 0)
		return fail(error, FAIL_INTERNAL, "opening the log %.150s", path);
	if (!S_ISREG(info.st_mode))
		return fail_plain(error, FAIL_INTERNAL, "the log %.150s is not a regular file", path);
	log->end = find_end(log->fd, info.st_size);
	if (log->end != info.st_size && ftruncate(log->fd, log->end) < 0)
		return fail(error, FAIL_INTERNAL, "repairing the log %.150s", path);
	return open_rotation(log, path, rotation) < 0 ? fail(error, FAIL_INTERNAL, "opening the directory of the log %.150s", path) : 0;
}

void log_flush(struct log *log)
{
	uint32_t done = 0;
	while (log->fd >= 0 && done < log->pending) {
		ssize_t n = RETRY(pwrite(log->fd, log->buffer + done, log->pending - done, log->end + done));
		if (n <= 0) {
			/* Disk full: a container is not stopped for its log. Nothing torn stays behind. */
			if (ftruncate(log->fd, log->end) < 0)
				close_fd(&log->fd);
			log->pending = 0;
			return;
		}
		done += (uint32_t)n;
	}
	log->end += done;
	log->pending = 0;
}

static void put_record(struct log *log, uint8_t stream, bool partial, uint64_t time, const uint8_t *bytes,
		       uint32_t size)
{
	uint64_t record = LOG_HEADER + LOG_TRAILER + size;
	if (log->pending + record > sizeof log->buffer)
		log_flush(log);
	uint64_t length_now = (uint64_t)log->end + log->pending;
	if (log->rotation.max_size > 0 && length_now > 0 && length_now + record > log->rotation.max_size) {
		log_flush(log);
		if (log->fd >= 0)
			rotate(log);
	}
	uint8_t *at = log->buffer + log->pending;
	uint32_t length = htole32(size);
	uint64_t stamp = htole64(time);
	memcpy(at, &length, sizeof length);
	at[4] = stream;
	at[5] = partial ? LOG_FLAG_PARTIAL : 0;
	at[6] = at[7] = 0;
	memcpy(at + 8, &stamp, sizeof stamp);
	memcpy(at + LOG_HEADER, bytes, size);
	memcpy(at + LOG_HEADER + size, &length, sizeof length);
	log->pending += LOG_HEADER + LOG_TRAILER + size;
}

void log_take(struct log *log, uint8_t stream, const uint8_t *bytes, size_t size)
{
	if (log->fd < 0)
		return;
	struct log_line *line = &log->lines[stream == STREAM_ERRORS];
	uint64_t time = now_ns();
	while (size > 0) {
		const uint8_t *newline = memchr(bytes, '\n', size);
		size_t length = newline ? (size_t)(newline - bytes) : size;
		if (line->size == 0)
			line->time = time;
		if (newline && line->size == 0 && length <= LOG_LINE_MAX) {
			put_record(log, stream, false, time, bytes, (uint32_t)length);
		} else {
			size_t space = LOG_LINE_MAX - line->size;
			if (length > space) {
				length = space;
				newline = NULL;
			}
			memcpy(line->bytes + line->size, bytes, length);
			line->size += (uint32_t)length;
			if (newline || line->size == LOG_LINE_MAX) {
				put_record(log, stream, newline == NULL, line->time, line->bytes, line->size);
				line->size = 0;
			}
		}
		length += newline != NULL;
		bytes += length;
		size -= length;
	}
}

void log_finish(struct log *log, bool durable)
{
	for (uint8_t stream = STREAM_OUTPUT; stream <= STREAM_ERRORS; stream++) {
		struct log_line *line = &log->lines[stream - 1];
		if (log->fd >= 0 && line->size > 0)
			put_record(log, stream, true, line->time, line->bytes, line->size);
		line->size = 0;
	}
	log_flush(log);
	if (log->fd >= 0 && durable)
		fdatasync(log->fd);
	close_fd(&log->fd);
	close_fd(&log->directory);
}
