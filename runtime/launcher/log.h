/* The container's log file; README.md has its record format. */
#ifndef BERTH_LOG_H
#define BERTH_LOG_H

#include "common.h"

#define STREAM_OUTPUT 1
#define STREAM_ERRORS 2
/* Docker cuts longer lines into partial messages of this size. */
#define LOG_LINE_MAX 16384u
#define LOG_FLAG_PARTIAL 1u
#define LOG_HEADER 16u
#define LOG_TRAILER 4u

struct log_line {
	uint32_t size;
	uint64_t time; /* of the line's first byte */
	uint8_t bytes[LOG_LINE_MAX];
};
/* From max_size bytes on the file becomes NAME.<number>, counting up; max_files are kept with the one in use. */
struct log_rotation {
	uint64_t max_size; /* 0: never */
	uint32_t max_files;
};
struct log {
	int fd; /* -1: nothing is kept */
	off_t end;
	/* Rotation: the directory, the file's name in it, and the number that the file gets when it is full. */
	int directory;
	const char *name;
	struct log_rotation rotation;
	uint64_t number;
	struct log_line lines[2];
	uint32_t pending;
	uint8_t buffer[65536];
};

/* Opens for appending and cuts off a torn record that a crash left. */
int log_open(struct log *log, const char *path, const struct log_rotation *rotation, struct error *error);
/* Takes bytes of a stream; whole lines are written by log_flush at the latest. */
void log_take(struct log *log, uint8_t stream, const uint8_t *bytes, size_t size);
void log_flush(struct log *log);
/* Writes what is left without a newline as partial, and syncs. */
void log_finish(struct log *log, bool durable);

#endif
