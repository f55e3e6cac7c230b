#include "cgroup.h"
#include "monitor-state.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

static ino_t pid_namespace(pid_t pid)
{
	char path[64];
	struct stat info;
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
	return stat(path, &info) == 0 ? info.st_ino : 0;
}

enum progress { RUNS, WILL_STOP, STOPPED };

/*
 * Whether a process stands still, or sleeps where no signal wakes it (as the parent of vfork(2) until its child lets it go) and
 * finds the stop that waits for it before it runs anything more: proc_pid_status(5), ShdPnd.
 */
static enum progress progress_of(pid_t pid)
{
	char path[64], text[4096];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (read_small_at(AT_FDCWD, path, text, sizeof text) <= 0)
		return STOPPED;
	const char *state = strstr(text, "\nState:\t"), *pending = strstr(text, "\nShdPnd:\t");
	if (state && state[8] && strchr("TtZX", state[8]))
		return STOPPED;
	if (!pending || !(strtoull(pending + 9, NULL, 16) & (1ull << (SIGSTOP - 1))))
		return RUNS;
	return state && state[8] == 'D' ? STOPPED : WILL_STOP;
}

/* Signals every process of the container's pid namespace that needs it; returns how many were not yet in the wanted state. */
static int signal_all(ino_t namespace, int signal)
{
	DIR *listing = opendir("/proc");
	int changed = 0;
	if (!listing)
		return -1;
	for (struct dirent *entry; (entry = readdir(listing));) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || pid_namespace(pid) != namespace)
			continue;
		autoclose int pidfd = sys_pidfd_open(pid);
		/* Looked at again now that the number is pinned to one process. */
		if (pidfd < 0 || pid_namespace(pid) != namespace)
			continue;
		enum progress progress = signal == SIGSTOP ? progress_of(pid) : RUNS;
		changed += progress == WILL_STOP || (progress == RUNS && sys_pidfd_send_signal(pidfd, signal) == 0);
	}
	closedir(listing);
	return changed;
}

static int change(struct monitor *monitor, bool frozen, struct error *error)
{
	if (!monitor->owns_cgroups)
		return fail_plain(error, FAIL_INTERNAL, "only a container can be paused");
	int result = 0;
	if (cgroups_freeze(monitor->cgroups, monitor->cgroup_count, frozen, &result, error))
		return result;
	/* The reaper of --init goes on: it has nothing to do while the others stand still. */
	pid_t pid = monitor->spawned.pid;
	autoclose int pidfd = open_namespaces(&pid, process_start_time(pid), error);
	if (pidfd < 0)
		return -1;
	ino_t namespace = pid_namespace(pid);
	if (namespace == 0 || namespace == pid_namespace(getpid()))
		return fail_plain(error, FAIL_INTERNAL, "the container has neither a freezer nor a pid namespace of its own");
	/*
	 * A process may fork while it is looked for, and one that is to stop has to get a processor for it: rounds until one finds
	 * nothing to do, 2000 as a bound, which is a few seconds.
	 */
	for (int round = 0; round < 2000; round++) {
		if (round > 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		int changed = signal_all(namespace, frozen ? SIGSTOP : SIGCONT);
		if (changed < 0)
			return fail(error, FAIL_INTERNAL, "listing processes");
		if (changed == 0 || !frozen)
			return 0;
	}
	return fail_plain(error, FAIL_INTERNAL, "the container makes processes faster than they can be stopped");
}

int monitor_pause(struct monitor *monitor, bool frozen, struct error *error)
{
	int result = change(monitor, frozen, error);
	/* A pause that failed half-way is undone by a kill as well. */
	monitor->paused = frozen || result < 0;
	return result;
}
