#include "cgroup.h"
#include "monitor-state.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

static ino_t pid_namespace(pid_t pid)
{
	char path[64];
	struct stat info;
	snprintf(path, sizeof path, "/proc/%d/ns/pid", (int)pid);
	return stat(path, &info) == 0 ? info.st_ino : 0;
}

static bool is_stopped(pid_t pid)
{
	char path[64], text[512];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (read_small_at(AT_FDCWD, path, text, sizeof text) <= 0)
		return true;
	const char *state = strrchr(text, ')');
	return state && state[1] && strchr("TtZX", state[2]);
}

/* Signals every process of the container's pid namespace; returns how many were not yet in the wanted state. */
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
		if (signal == SIGSTOP && is_stopped(pid))
			continue;
		changed += sys_pidfd_send_signal(pidfd, signal) == 0;
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
	/* A process may fork while it is looked for: rounds until one finds nothing to do, 100 as a bound. */
	for (int round = 0; round < 100; round++) {
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
