#include "common.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

int fail(struct error *error, enum failure kind, const char *format, ...)
{
	int saved = errno;
	/* strerror() may look for message catalogues by path; inside a container's root that would read its files. */
	const char *reason = strerrordesc_np(saved);
	va_list arguments;
	va_start(arguments, format);
	int used = vsnprintf(error->msg, sizeof error->msg, format, arguments);
	va_end(arguments);
	if (used >= 0 && (size_t)used < sizeof error->msg)
		snprintf(error->msg + used, sizeof error->msg - (size_t)used, ": %s", reason ? reason : "unknown error");
	error->errno_ = saved;
	error->kind = kind;
	errno = saved;
	return -1;
}

int fail_plain(struct error *error, enum failure kind, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(error->msg, sizeof error->msg, format, arguments);
	va_end(arguments);
	error->errno_ = 0;
	error->kind = kind;
	return -1;
}

void warn_add(struct warnings *warnings, const char *format, ...)
{
	if (warnings->count >= WARNINGS_MAX)
		return;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(warnings->text[warnings->count++], sizeof warnings->text[0], format, arguments);
	va_end(arguments);
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int read_full(int fd, void *buffer, size_t size)
{
	size_t done = 0;
	while (done < size) {
		ssize_t n = RETRY(read(fd, (char *)buffer + done, size - done));
		if (n < 0)
			return -1;
		if (n == 0) {
			errno = EPIPE;
			return -1;
		}
		done += (size_t)n;
	}
	return 0;
}

int write_full(int fd, const void *buffer, size_t size)
{
	size_t done = 0;
	while (done < size) {
		ssize_t n = RETRY(write(fd, (const char *)buffer + done, size - done));
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

int write_value_at(int dir_fd, const char *path, const char *value)
{
	autoclose int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	size_t size = strlen(value);
	/* One write: kernel files parse each write call on its own. */
	ssize_t n = RETRY(write(fd, value, size));
	if (n < 0)
		return -1;
	if ((size_t)n != size) {
		errno = EIO;
		return -1;
	}
	return 0;
}

ssize_t read_small_at(int dir_fd, const char *path, char *buffer, size_t size)
{
	autoclose int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	size_t done = 0;
	while (done + 1 < size) {
		ssize_t n = RETRY(read(fd, buffer + done, size - 1 - done));
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	buffer[done] = '\0';
	return (ssize_t)done;
}

uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int send_message(int socket, const void *data, size_t size, int fd)
{
	struct iovec part = { .iov_base = (void *)data, .iov_len = size };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	if (fd >= 0) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof control.space;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
	}
	return RETRY(sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 ? -1 : 0;
}

ssize_t receive_message(int socket, void *data, size_t size, int *fd)
{
	struct iovec part = { .iov_base = data, .iov_len = size };
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space
	};
	*fd = -1;
	ssize_t n = RETRY(recvmsg(socket, &message, MSG_CMSG_CLOEXEC));
	if (n <= 0)
		return n;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(header), sizeof *fd);
	return n;
}

int sys_openat2(int dir_fd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve };
	for (int attempt = 0;; attempt++) {
		long fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
		/* EAGAIN: a rename raced with the walk and the kernel could not prove the result to be in the root. */
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt == 128)
			return (int)fd;
	}
}

int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

/* The field of /proc/PID/stat with that number, from 3 on; 0 when there is no such process. */
static uint64_t stat_number(pid_t pid, int number)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (read_small_at(AT_FDCWD, path, text, sizeof text) <= 0)
		return 0;
	/* The command name may hold spaces and brackets: fields are counted from its last closing bracket. */
	char *cursor = strrchr(text, ')');
	for (int field = 2; cursor && field < number; field++)
		cursor = strchr(cursor + 1, ' ');
	return cursor ? strtoull(cursor + 1, NULL, 10) : 0;
}

uint64_t process_start_time(pid_t pid)
{
	return stat_number(pid, 22);
}

/* The oldest child, 0 when there is none. */
static pid_t first_child(pid_t pid)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	return read_small_at(AT_FDCWD, path, text, sizeof text) > 0 ? (pid_t)strtoul(text, NULL, 10) : 0;
}

static bool namespaces_are_open(pid_t pid)
{
	char path[64];
	struct stat info;
	snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)pid);
	return stat(path, &info) == 0 || errno != EACCES;
}

/*
 * The reaper of `--init` is this program, whose memory belongs to the host's user namespace and which hides itself: when
 * rootless its namespaces are closed even to us. Its first child is the container's command, in the same ones; the
 * reaper ends as soon as that one does.
 */
static int open_command(pid_t *pid, int reaper)
{
	pid_t child = first_child(*pid);
	autoclose int pidfd = child > 0 ? sys_pidfd_open(child) : -1;
	if (pidfd < 0 || stat_number(child, 4) != (uint64_t)*pid)
		return -1;
	/* Both live still, so neither number was given to another meanwhile. */
	if (sys_pidfd_send_signal(pidfd, 0) < 0 || sys_pidfd_send_signal(reaper, 0) < 0)
		return -1;
	*pid = child;
	return take_fd(&pidfd);
}

int open_namespaces(pid_t *pid, uint64_t start_time, struct error *error)
{
	if (*pid <= 0)
		return fail_plain(error, FAIL_PROCESS_GONE, "no such process: %d", (int)*pid);
	autoclose int pidfd = sys_pidfd_open(*pid);
	if (pidfd < 0)
		return fail(error, FAIL_PROCESS_GONE, "process %d is gone", (int)*pid);
	if (process_start_time(*pid) != start_time)
		return fail_plain(error, FAIL_PROCESS_GONE, "process %d is gone, its number was given to another", (int)*pid);
	if (!namespaces_are_open(*pid)) {
		int command = open_command(pid, pidfd);
		if (command >= 0)
			return command;
	}
	return take_fd(&pidfd);
}

int open_process(pid_t pid, uint64_t start_time, struct error *error)
{
	return open_namespaces(&pid, start_time, error);
}

void reset_signals(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	for (int number = 1; number <= SIGRTMAX; number++)
		sigaction(number, &plain, NULL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
