/*
 * What every file of the launcher leans on: errors, cleanup attributes, and the few system calls glibc 2.36 has no
 * wrapper for.
 */
#ifndef BERTH_COMMON_H
#define BERTH_COMMON_H

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* Fills `error` with the sentence and the description of the current errno. Always returns -1. */
int fail(struct error *error, enum failure kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same without an errno: for input that is wrong in itself. */
int fail_plain(struct error *error, enum failure kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Warnings that travel to the engine with the answer. */
#define WARNINGS_MAX 32
struct warnings {
	unsigned count;
	char text[WARNINGS_MAX][200];
};
void warn_add(struct warnings *warnings, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void cleanup_close_(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;
		close(*fd);
		errno = saved;
	}
}
static inline void cleanup_free_(void *pointer)
{
	free(*(void **)pointer);
}
#define autoclose __attribute__((cleanup(cleanup_close_)))
#define autofree __attribute__((cleanup(cleanup_free_)))

static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
void close_fd(int *fd);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define RETRY(expression)                                 \
	({                                                \
		__typeof__(expression) result_;           \
		do                                        \
			result_ = (expression);           \
		while (result_ == -1 && errno == EINTR);  \
		result_;                                  \
	})

/* Reads exactly `size` bytes; -1 with errno EPIPE when the peer ended early. */
int read_full(int fd, void *buffer, size_t size);
int write_full(int fd, const void *buffer, size_t size);
/* Writes a short value to a file that exists already (cgroup or procfs file). */
int write_value_at(int dir_fd, const char *path, const char *value);
/* Reads a small file into a NUL-terminated buffer; length or -1. */
ssize_t read_small_at(int dir_fd, const char *path, char *buffer, size_t size);
uint64_t now_ns(void);

/* SOCK_SEQPACKET messages with at most one descriptor. */
int send_message(int socket, const void *data, size_t size, int fd);
/* Returns the message's size, 0 at end of stream, -1 on error; *fd is -1 when none came. */
ssize_t receive_message(int socket, void *data, size_t size, int *fd);

int sys_openat2(int dir_fd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int sys_pidfd_open(pid_t pid);
int sys_pidfd_send_signal(int pidfd, int signal);
/* Field 22 of /proc/PID/stat; 0 when there is no such process. */
uint64_t process_start_time(pid_t pid);
/*
 * A pidfd through which the namespaces of the process with that start time can be entered; *pid becomes the number of
 * the process that it is of. -1 with FAIL_PROCESS_GONE otherwise.
 */
int open_namespaces(pid_t *pid, uint64_t start_time, struct error *error);
int open_process(pid_t pid, uint64_t start_time, struct error *error);
/* Default dispositions and an empty mask, as an exec'd program expects them. */
void reset_signals(void);

#endif
