#include "monitor-state.h"

#include "crash.h"

/* Longer than any record. */
#define RECORD_SPACE 256

int exit_reserve(int state_dir)
{
	char blank[RECORD_SPACE];
	memset(blank, ' ', sizeof blank);
	autoclose int fd = openat(state_dir, "exit.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	return fd < 0 ? -1 : write_full(fd, blank, sizeof blank);
}

/* Written beside and renamed, so that whoever sees the name sees the whole; over the reserved space, cut off after. */
int exit_write(int state_dir, int code, bool oom, uint64_t started_at, uint64_t finished_at, bool durable)
{
	char text[RECORD_SPACE];
	int size = snprintf(text, sizeof text,
			    "{\"exitCode\":%d,\"oomKilled\":%s,\"startedAt\":\"%llu\",\"finishedAt\":\"%llu\"}\n", code,
			    oom ? "true" : "false", (unsigned long long)started_at, (unsigned long long)finished_at);
	autoclose int fd =
		openat(state_dir, "exit.tmp", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0 || write_full(fd, text, (size_t)size) < 0 || ftruncate(fd, size) < 0 || (durable && fsync(fd) < 0))
		return -1;
	crash_point("exit-writing");
	if (renameat(state_dir, "exit.tmp", state_dir, "exit") < 0)
		return -1;
	return durable ? fsync(state_dir) : 0;
}
