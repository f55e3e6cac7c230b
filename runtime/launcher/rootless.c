#include "rootless.h"

#include "network.h"
#include "proto.h"

#include <dirent.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define MAP_ARGUMENTS_MAX 64

static bool knob_is(const char *path, char value)
{
	char text[32];
	return read_small_at(AT_FDCWD, path, text, sizeof text) > 0 && text[0] == value && text[1] == '\n';
}

/* Which of the host's switches stands in the way: the errno alone tells nobody what to do. */
static int explain_refusal(struct error *error)
{
	int saved = errno;
	if (knob_is("/proc/sys/user/max_user_namespaces", '0'))
		return fail_plain(error, FAIL_INTERNAL, "user namespaces are switched off: sysctl user.max_user_namespaces is 0");
	if (knob_is("/proc/sys/kernel/unprivileged_userns_clone", '0'))
		return fail_plain(error, FAIL_INTERNAL,
				  "user namespaces are for root only here: sysctl kernel.unprivileged_userns_clone is 0");
	if (knob_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'))
		return fail_plain(error, FAIL_INTERNAL,
				  "AppArmor restricts user namespaces: sysctl kernel.apparmor_restrict_unprivileged_userns is 1");
	errno = saved;
	return fail(error, FAIL_INTERNAL, "making a user namespace");
}

/* Runs newuidmap or newgidmap on the process that waits in its new user namespace. */
static int run_mapper(const char *program, pid_t target, const char *map)
{
	char number[16], *copy = strdup(map), *rest = NULL;
	char *argv[MAP_ARGUMENTS_MAX] = { (char *)program, number };
	int count = 2;
	snprintf(number, sizeof number, "%d", (int)target);
	for (char *word = strtok_r(copy, " ", &rest); word && count < MAP_ARGUMENTS_MAX - 1; word = strtok_r(NULL, " ", &rest))
		argv[count++] = word;
	pid_t pid = fork();
	if (pid == 0) {
		char *environment[] = { NULL };
		setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
		reset_signals();
		execvpe(program, argv, environment);
		_exit(127);
	}
	int status = 0;
	if (pid < 0 || RETRY(waitpid(pid, &status, 0)) < 0)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

/* A process that stays outside: mapping more than one's own id takes setuid helpers of the parent namespace. */
static pid_t start_mapper(int request, int answer, const struct id_maps *maps)
{
	pid_t target = getpid();
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	char word;
	if (read_full(request, &word, 1) < 0)
		_exit(1);
	uint8_t results[2] = { (uint8_t)run_mapper("newuidmap", target, maps->uids),
			       (uint8_t)run_mapper("newgidmap", target, maps->gids) };
	_exit(write_full(answer, results, sizeof results) < 0);
}

static int mapper_error(const char *program, uint8_t result, struct error *error)
{
	if (result == 127)
		return fail_plain(error, FAIL_INTERNAL, "%s was not found; install it (Debian: apt install uidmap)", program);
	return fail_plain(error, FAIL_INTERNAL,
			  "%s failed: it needs its setuid bit (or file capabilities) and a range for this user in /etc/%s",
			  program, !strcmp(program, "newuidmap") ? "subuid" : "subgid");
}

static int map_many(const struct id_maps *maps, struct error *error)
{
	int request[2], answer[2];
	if (pipe2(request, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
		return fail(error, FAIL_INTERNAL, "making pipes");
	pid_t mapper = start_mapper(request[0], answer[1], maps);
	close(request[0]);
	close(answer[1]);
	autoclose int ask = request[1];
	autoclose int hear = answer[0];
	if (mapper < 0)
		return fail(error, FAIL_INTERNAL, "forking");
	if (unshare(CLONE_NEWUSER) < 0) {
		explain_refusal(error);
		close_fd(&ask);
		RETRY(waitpid(mapper, NULL, 0));
		return -1;
	}
	uint8_t results[2] = { 126, 126 };
	int told = write_full(ask, "m", 1) < 0 || read_full(hear, results, sizeof results) < 0;
	RETRY(waitpid(mapper, NULL, 0));
	if (told || results[0] != 0)
		return mapper_error("newuidmap", results[0], error);
	return results[1] != 0 ? mapper_error("newgidmap", results[1], error) : 0;
}

static int map_one(struct error *error)
{
	char uids[48], gids[48];
	snprintf(uids, sizeof uids, "0 %u 1", geteuid());
	snprintf(gids, sizeof gids, "0 %u 1", getegid());
	if (unshare(CLONE_NEWUSER) < 0)
		return explain_refusal(error);
	/* Without a helper the kernel lets go of setgroups first (user_namespaces(7)). */
	if (write_value_at(AT_FDCWD, "/proc/self/setgroups", "deny") < 0 ||
	    write_value_at(AT_FDCWD, "/proc/self/uid_map", uids) < 0 ||
	    write_value_at(AT_FDCWD, "/proc/self/gid_map", gids) < 0)
		return fail(error, FAIL_INTERNAL, "mapping the user's own id");
	return 0;
}

static int become_root(struct error *error)
{
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return fail(error, FAIL_INTERNAL, "becoming root of the user namespace");
	/* The user's own groups stay otherwise, and with them access that a container should not have. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return fail(error, FAIL_INTERNAL, "dropping groups");
	return 0;
}

/* A network namespace made by a child, as this process could not come back to the host's. */
static int make_network(struct error *error)
{
	int ready[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ready) < 0)
		return fail(error, FAIL_INTERNAL, "making a socket pair");
	pid_t pid = fork();
	if (pid == 0) {
		struct error inner = { 0 };
		int fd = -1;
		if (unshare(CLONE_NEWNET) < 0)
			fail(&inner, FAIL_INTERNAL, "making a network namespace");
		else if (network_loopback_up(&inner) == 0 && (fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) < 0)
			fail(&inner, FAIL_INTERNAL, "opening the network namespace");
		_exit(send_message(ready[1], &inner, sizeof inner, fd) < 0);
	}
	close(ready[1]);
	autoclose int hear = ready[0];
	int fd = -1;
	struct error inner;
	ssize_t n = pid < 0 ? -1 : receive_message(hear, &inner, sizeof inner, &fd);
	if (pid > 0)
		RETRY(waitpid(pid, NULL, 0));
	if (n != sizeof inner)
		return fail_plain(error, FAIL_INTERNAL, "the bridges' network namespace could not be made");
	if (fd < 0)
		*error = inner;
	return fd;
}

static int make_namespaces(struct zygote *zygote, const struct id_maps *maps, struct error *error)
{
	if ((maps->uids && maps->gids ? map_many(maps, error) : map_one(error)) < 0 || become_root(error) < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return explain_refusal(error);
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(error, FAIL_INTERNAL, "making the mounts slaves of the host's");
	zygote->bridges_fd = make_network(error);
	if (zygote->bridges_fd < 0)
		return -1;
	int life[2];
	if (pipe2(life, O_CLOEXEC) < 0)
		return fail(error, FAIL_INTERNAL, "making a pipe");
	zygote->death_fd = life[0];
	zygote->life_fd = life[1];
	return 0;
}

/* ------------------------------------------------------------------------------------------------- rejoining */

int rootless_open_registry(const char *run_dir)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.4000s/monitors", run_dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static int connect_monitor(int registry, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	ssize_t size = readlinkat(registry, name, address.sun_path, sizeof address.sun_path - 1);
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (size <= 0 || fd < 0)
		return -1;
	/* A monitor that does not answer within this is not worth waiting for: another may. */
	struct timeval limit = { .tv_sec = 2 };
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return -1;
	return take_fd(&fd);
}

static int ask_namespaces(int connection, int fds[NAMESPACE_FDS])
{
	struct builder builder;
	struct error error;
	struct frame frame;
	build_start(&builder, REQUEST_HELLO);
	build_u32(&builder, PROTOCOL_MAGIC);
	build_u16(&builder, PROTOCOL_VERSION);
	if (answer_send(connection, &builder) < 0 || frame_read(connection, &frame, FRAME_MAX_CONTROL, &error) < 0)
		return -1;
	bool greeted = frame.type == ANSWER_HELLO;
	frame_free(&frame);
	build_start(&builder, REQUEST_NAMESPACES);
	if (!greeted || answer_send(connection, &builder) < 0)
		return -1;
	for (int i = 0; i < NAMESPACE_FDS; i++) {
		char word;
		if (receive_message(connection, &word, 1, &fds[i]) != 1 || fds[i] < 0)
			return -1;
	}
	return 0;
}

static bool rejoin_one(struct zygote *zygote, int registry, const char *name)
{
	autoclose int connection = connect_monitor(registry, name);
	int fds[NAMESPACE_FDS] = { -1, -1, -1, -1, -1 };
	bool joined = connection >= 0 && ask_namespaces(connection, fds) == 0 && setns(fds[0], CLONE_NEWUSER) == 0 &&
		      setns(fds[1], CLONE_NEWNS) == 0;
	if (joined) {
		zygote->bridges_fd = take_fd(&fds[2]);
		zygote->life_fd = take_fd(&fds[3]);
		zygote->death_fd = take_fd(&fds[4]);
	}
	for (int i = 0; i < NAMESPACE_FDS; i++)
		close_fd(&fds[i]);
	return joined;
}

static bool rejoin(struct zygote *zygote)
{
	int registry = rootless_open_registry(zygote->run_dir);
	DIR *listing = registry < 0 ? NULL : fdopendir(registry);
	bool joined = false;
	for (struct dirent *entry; !joined && listing && (entry = readdir(listing));) {
		if (entry->d_name[0] == '.')
			continue;
		joined = rejoin_one(zygote, registry, entry->d_name);
		/* Left by a monitor that was killed. */
		if (!joined)
			unlinkat(registry, entry->d_name, 0);
	}
	if (listing)
		closedir(listing);
	return joined;
}

bool rootless_any_monitor(const char *run_dir)
{
	int registry = rootless_open_registry(run_dir);
	DIR *listing = registry < 0 ? NULL : fdopendir(registry);
	bool found = false;
	for (struct dirent *entry; !found && listing && (entry = readdir(listing));) {
		if (entry->d_name[0] == '.')
			continue;
		autoclose int connection = connect_monitor(registry, entry->d_name);
		found = connection >= 0;
		if (!found)
			unlinkat(registry, entry->d_name, 0);
	}
	if (listing)
		closedir(listing);
	return found;
}

/* Sum of the third column of a map file. */
static uint32_t count_ids(void)
{
	char text[4096], *rest = NULL;
	uint32_t sum = 0;
	if (read_small_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof text) <= 0)
		return 0;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned inside, outside, count;
		if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3)
			sum += count;
	}
	return sum;
}

int rootless_enter(struct zygote *zygote, const struct id_maps *maps, struct error *error)
{
	zygote->rootless = true;
	if (rejoin(zygote)) {
		if (become_root(error) < 0)
			return -1;
	} else if (make_namespaces(zygote, maps, error) < 0) {
		return -1;
	}
	zygote->mapped_ids = count_ids();
	return 0;
}
