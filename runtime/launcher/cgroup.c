#include "cgroup.h"

#include "paths.h"

#include <dirent.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static void sleep_ms(long milliseconds)
{
	struct timespec pause = { .tv_nsec = milliseconds * 1000000L };
	nanosleep(&pause, NULL);
}

/* A new version 1 cpuset is empty and takes no process until it has cpus and memory nodes: its parent's. */
static void fill_cpuset(int parent_fd, int fd)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	for (unsigned i = 0; i < COUNT_OF(files); i++) {
		char own[4096], inherited[4096];
		if (read_small_at(fd, files[i], own, sizeof own) < 0 || own[0] > ' ')
			continue;
		if (read_small_at(parent_fd, files[i], inherited, sizeof inherited) > 0)
			write_value_at(fd, files[i], inherited);
	}
}

/* Version 2: a child has only the controllers its parent hands down. What the kernel refuses shows at the limits. */
static void enable_controllers(int parent_fd)
{
	char available[512], *rest = NULL;
	if (read_small_at(parent_fd, "cgroup.controllers", available, sizeof available) <= 0)
		return;
	for (char *name = strtok_r(available, " \n", &rest); name; name = strtok_r(NULL, " \n", &rest)) {
		char word[64];
		snprintf(word, sizeof word, "+%s", name);
		write_value_at(parent_fd, "cgroup.subtree_control", word);
	}
}

static int open_or_make(const char *path, bool unified, bool controllers)
{
	char copy[PATH_MAX];
	if (path[0] != '/' || strlen(path) >= sizeof copy) {
		errno = EINVAL;
		return -1;
	}
	strcpy(copy, path);
	int fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	char *slash = strrchr(copy, '/');
	if (slash == copy)
		return -1;
	*slash = '\0';
	autoclose int parent_fd = open_or_make(copy, unified, controllers);
	if (parent_fd < 0)
		return -1;
	if (controllers)
		enable_controllers(parent_fd);
	if (mkdirat(parent_fd, slash + 1, 0755) < 0 && errno != EEXIST)
		return -1;
	fd = openat(parent_fd, slash + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && !unified)
		fill_cpuset(parent_fd, fd);
	return fd;
}

/* Version 2 controls devices by a program alone. Its end is that of the directory. */
static int attach_device_program(int fd, const struct cgroup_step *step)
{
	if (step->device_program_size % sizeof(struct bpf_insn) != 0) {
		errno = EINVAL;
		return -1;
	}
	union bpf_attr attr;
	memset(&attr, 0, sizeof attr);
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)step->device_program;
	attr.insn_cnt = step->device_program_size / sizeof(struct bpf_insn);
	attr.license = (uint64_t)(uintptr_t)"Apache-2.0";
	autoclose int program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
	if (program < 0)
		return -1;
	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t)fd;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	/* Beside those of the directories above (a service manager's), all of which must agree. */
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr);
}

int cgroups_make(const struct cgroup_step *steps, uint32_t count, struct warnings *warnings, struct error *error)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct cgroup_step *step = &steps[i];
		autoclose int fd = open_or_make(step->path, step->unified, step->unified && step->write_count > 0);
		if (fd < 0) {
			fail(error, FAIL_INTERNAL, "making cgroup %.150s", step->path);
			cgroups_remove(steps, i);
			return -1;
		}
		for (uint32_t k = 0; k < step->write_count; k++) {
			const struct cgroup_write *item = &step->writes[k];
			if (strchr(item->file, '/') == NULL && write_value_at(fd, item->file, item->value) == 0)
				continue;
			if (!item->required) {
				warn_add(warnings, "cgroup file %s could not be set to %.60s: %s", item->file,
					 item->value, strerrordesc_np(errno));
				continue;
			}
			fail(error, FAIL_INTERNAL, "writing %.60s to cgroup file %.60s", item->value, item->file);
			cgroups_remove(steps, i + 1);
			return -1;
		}
		/* Without it a container could open any disk: rather no container. */
		if (step->device_program_size > 0 && attach_device_program(fd, step) < 0) {
			fail(error, FAIL_INTERNAL, "attaching the device program to cgroup %.150s", step->path);
			cgroups_remove(steps, i + 1);
			return -1;
		}
	}
	return 0;
}

/* Who is in one of the directories that were there goes into a new one, too. */
static int move_members(const struct cgroup_step *steps, uint32_t count, const struct cgroup_step *made)
{
	for (uint32_t i = 0; i < count; i++) {
		char path[PATH_MAX];
		if (&steps[i] == made || steps[i].unified)
			continue;
		snprintf(path, sizeof path, "%.4000s/cgroup.procs", steps[i].path);
		FILE *members = fopen(path, "re");
		if (!members)
			continue;
		long pid;
		snprintf(path, sizeof path, "%.4000s/cgroup.procs", made->path);
		int result = 0;
		while (result == 0 && fscanf(members, "%ld", &pid) == 1) {
			char number[24];
			snprintf(number, sizeof number, "%ld", pid);
			if (write_value_at(AT_FDCWD, path, number) < 0 && errno != ESRCH)
				result = -1;
		}
		fclose(members);
		return result;
	}
	return 0;
}

static bool write_one(int fd, const struct cgroup_write *item)
{
	return strchr(item->file, '/') == NULL && write_value_at(fd, item->file, item->value) == 0;
}

int cgroups_update(const struct cgroup_step *steps, uint32_t count, struct error *error)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct cgroup_step *step = &steps[i];
		autoclose int fd = open(step->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		bool is_new = fd < 0 && errno == ENOENT && step->write_count > 0;
		if (is_new)
			fd = open_or_make(step->path, step->unified, false);
		if (fd < 0 && step->write_count > 0)
			return fail(error, FAIL_INTERNAL, "opening cgroup %.150s", step->path);
		/* Limits that bound each other (memory with and without swap) have one order up and another down. */
		for (uint32_t k = 0; k < step->write_count; k++)
			write_one(fd, &step->writes[k]);
		for (uint32_t k = 0; k < step->write_count; k++)
			if (!write_one(fd, &step->writes[k]) && step->writes[k].required)
				return fail(error, FAIL_INTERNAL, "failed to write %.60s to %.60s", step->writes[k].value,
					    step->writes[k].file);
		if (is_new && move_members(steps, count, step) < 0)
			return fail(error, FAIL_INTERNAL, "moving the container into cgroup %.150s", step->path);
	}
	return 0;
}

int cgroups_open_unified(const struct cgroup_step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (steps[i].unified)
			return open(steps[i].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return -1;
}

static int join(const char *directory, const char *file, const char *id, struct error *error)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.4000s/%s", directory, file);
	if (write_value_at(AT_FDCWD, path, id) < 0)
		return fail(error, FAIL_INTERNAL, "joining cgroup %.150s", directory);
	return 0;
}

int cgroups_enter(const struct cgroup_step *steps, uint32_t count, struct error *error)
{
	for (uint32_t i = 0; i < count; i++)
		if (!steps[i].unified && join(steps[i].path, "tasks", "0", error) < 0)
			return -1;
	return 0;
}

/* Where `pid` is in the version 2 hierarchy, if that is below `directory`, whose own name no other one there has. */
static int find_below(const char *directory, pid_t pid, char path[PATH_MAX])
{
	char file[32], text[2 * PATH_MAX];
	snprintf(file, sizeof file, "/proc/%d/cgroup", (int)pid);
	if (read_small_at(AT_FDCWD, file, text, sizeof text) <= 0)
		return -1;
	/* Of this hierarchy the line is the last one. */
	char *own = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	char *end = own ? strchr(own + 1, '\n') : NULL;
	const char *name = strrchr(directory, '/');
	if (!end || !name || name[1] == '\0')
		return -1;
	*end = '\0';
	size_t length = strlen(name);
	char *found = strstr(own, name);
	while (found && found[length] != '/')
		found = strstr(found + 1, name);
	if (!found || strlen(directory) + strlen(found + length) >= PATH_MAX)
		return -1;
	snprintf(path, PATH_MAX, "%.2000s%.2000s", directory, found + length);
	return 0;
}

int cgroups_join_unified(const struct cgroup_step *steps, uint32_t count, pid_t pid, pid_t neighbour,
			 struct error *error)
{
	char number[16], path[PATH_MAX];
	snprintf(number, sizeof number, "%d", (int)pid);
	for (uint32_t i = 0; i < count; i++) {
		if (!steps[i].unified || join(steps[i].path, "cgroup.procs", number, error) == 0)
			continue;
		/* A directory that hands controllers down holds no process itself: the container has made others for them. */
		if (error->errno_ != EBUSY || neighbour == 0 || find_below(steps[i].path, neighbour, path) < 0 ||
		    join(path, "cgroup.procs", number, error) < 0)
			return -1;
	}
	return 0;
}

bool cgroups_oom_killed(const struct cgroup_step *steps, uint32_t count)
{
	static const char *const files[] = { "memory.events", "memory.oom_control" };
	for (uint32_t i = 0; i < count; i++)
		for (unsigned k = 0; k < COUNT_OF(files); k++) {
			char path[PATH_MAX], text[1024];
			snprintf(path, sizeof path, "%.4000s/%s", steps[i].path, files[k]);
			if (read_small_at(AT_FDCWD, path, text, sizeof text) <= 0)
				continue;
			for (const char *line = text; line; line = strchr(line, '\n')) {
				line += *line == '\n';
				if (!strncmp(line, "oom_kill ", 9) && strtoul(line + 9, NULL, 10) > 0)
					return true;
				if (!*line)
					break;
			}
		}
	return false;
}

/* Waits up to 2 s, the time a process in an uninterruptible call may take, for the kernel to report the state. */
static int await_state(int dir_fd, const char *file, const char *wanted)
{
	for (int attempt = 0; attempt < 400; attempt++) {
		char text[256];
		if (read_small_at(dir_fd, file, text, sizeof text) < 0)
			return -1;
		if (strstr(text, wanted))
			return 0;
		sleep_ms(5);
	}
	errno = ETIMEDOUT;
	return -1;
}

bool cgroups_freeze(const struct cgroup_step *steps, uint32_t count, bool frozen, int *result, struct error *error)
{
	/* The version 1 freezer first: on a hybrid host it is the one that the host's own tools look at. */
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < count; i++) {
			if (pass == 0 ? !steps[i].freezer : !steps[i].unified)
				continue;
			autoclose int fd = open(steps[i].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (fd < 0)
				continue;
			*result = 0;
			if (pass == 0) {
				if (write_value_at(fd, "freezer.state", frozen ? "FROZEN" : "THAWED") < 0 ||
				    await_state(fd, "freezer.state", frozen ? "FROZEN" : "THAWED") < 0)
					*result = fail(error, FAIL_INTERNAL, "changing the freezer's state");
				return true;
			}
			if (faccessat(fd, "cgroup.freeze", F_OK, 0) < 0)
				continue;
			if (write_value_at(fd, "cgroup.freeze", frozen ? "1" : "0") < 0 ||
			    await_state(fd, "cgroup.events", frozen ? "frozen 1" : "frozen 0") < 0)
				*result = fail(error, FAIL_INTERNAL, "changing cgroup.freeze");
			return true;
		}
	return false;
}

static void kill_members(int fd)
{
	if (write_value_at(fd, "cgroup.kill", "1") == 0)
		return;
	autoclose int list = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *stream = list >= 0 ? fdopen(list, "r") : NULL;
	if (!stream)
		return;
	list = -1;
	long pid;
	/* A process listed here is ours to kill, and it cannot leave: the directory belongs to one container. */
	while (fscanf(stream, "%ld", &pid) == 1)
		if (pid > 1)
			kill((pid_t)pid, SIGKILL);
	fclose(stream);
}

static int remove_below(int parent_fd, const char *name, int depth)
{
	autoclose int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0)
		return 0;
	kill_members(fd);
	DIR *listing = depth < 64 ? fdopendir(dup(fd)) : NULL;
	if (listing) {
		for (struct dirent *entry; (entry = readdir(listing));)
			if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
				remove_below(fd, entry->d_name, depth + 1);
		closedir(listing);
	}
	return unlinkat(parent_fd, name, AT_REMOVEDIR);
}

void cgroups_remove(const struct cgroup_step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		/* A killed process leaves its cgroup a little later; 2 s is far more than that takes. */
		for (int attempt = 0; attempt < 400; attempt++) {
			if (remove_below(AT_FDCWD, steps[i].path, 0) == 0 || errno == ENOENT)
				break;
			sleep_ms(5);
		}
}
