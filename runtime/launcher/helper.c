#include "helper.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define HELPER_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define NAMESPACE_PLACEHOLDER "{netns}"

static _Noreturn void run_program(const struct strings *argv, int input, int output, int bridges_fd)
{
	bool stays = false;
	static char path[] = "/proc/self/fd/0";
	for (uint32_t i = 0; i < argv->count; i++)
		if (!strcmp(argv->items[i], NAMESPACE_PLACEHOLDER)) {
			stays = true;
			argv->items[i] = path;
		}
	/* As its standard input: pasta closes every other descriptor as the first thing it does (passt 2024 and later). */
	if (stays)
		input = bridges_fd >= 0 ? bridges_fd : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	reset_signals();
	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
		_exit(126);
	if (!stays && bridges_fd >= 0 && setns(bridges_fd, CLONE_NEWNET) < 0) {
		dprintf(2, "entering the network namespace: %s", strerrordesc_np(errno));
		_exit(126);
	}
	char *environment[] = { HELPER_PATH, "LC_ALL=C", "HOME=/", NULL };
	setenv("PATH", HELPER_PATH + 5, 1);
	execvpe(argv->items[0], (char **)argv->items, environment);
	dprintf(2, "%s: %s", argv->items[0], strerrordesc_np(errno));
	_exit(127);
}

/* Feeds and reads until the program has ended. A daemon it leaves behind may hold the pipes for ever. */
static void converse(pid_t pid, int pidfd, int *input, const char *text, int output, struct helper_result *result,
		     int *status)
{
	size_t size = strlen(text), sent = 0, got = 0;
	bool ended = false;
	while (!ended) {
		struct pollfd polls[] = { { .fd = pidfd, .events = POLLIN },
					  { .fd = output, .events = POLLIN },
					  { .fd = *input, .events = POLLOUT } };
		if (sent == size)
			close_fd(input);
		polls[2].fd = *input;
		if (poll(polls, COUNT_OF(polls), -1) < 0)
			continue;
		ended = polls[0].revents && waitpid(pid, status, WNOHANG) == pid;
		char chunk[4096];
		ssize_t n;
		while ((n = read(output, chunk, sizeof chunk)) > 0) {
			size_t room = sizeof result->output - 1 - got;
			size_t part = (size_t)n < room ? (size_t)n : room;
			memcpy(result->output + got, chunk, part);
			got += part;
		}
		if (n == 0 && !ended)
			output = -1;
		if (*input >= 0 && polls[2].revents) {
			n = write(*input, text + sent, size - sent);
			if (n > 0)
				sent += (size_t)n;
			else if (n < 0 && errno != EAGAIN)
				close_fd(input);
		}
	}
	/* A string on the wire holds no NUL. */
	for (size_t i = 0; i < got; i++)
		if (result->output[i] == '\0')
			result->output[i] = ' ';
	result->output[got] = '\0';
}

int helper_run(const struct strings *argv, const char *input, int bridges_fd, struct helper_result *result,
	       struct error *error)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || fcntl(in[1], F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) < 0)
		return fail(error, FAIL_INTERNAL, "making pipes");
	pid_t pid = fork();
	if (pid < 0)
		return fail(error, FAIL_INTERNAL, "forking");
	if (pid == 0)
		run_program(argv, in[0], out[1], bridges_fd);
	close_fd(&in[0]);
	close_fd(&out[1]);
	autoclose int pidfd = sys_pidfd_open(pid);
	if (pidfd < 0)
		return fail(error, FAIL_INTERNAL, "watching %.60s", argv->items[0]);
	int status = 0;
	converse(pid, pidfd, &in[1], input, out[0], result, &status);
	close_fd(&in[1]);
	close_fd(&out[0]);
	result->exit_code = (uint8_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

void helper_adopt_daemons(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void kill_children(void)
{
	char path[64], text[4096], *rest = NULL;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	if (read_small_at(AT_FDCWD, path, text, sizeof text) <= 0)
		return;
	/* Children cannot be recycled: they stay ours until they are waited for. */
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		pid_t pid = (pid_t)strtol(word, NULL, 10);
		if (pid > 0)
			kill(pid, SIGKILL);
	}
}

void helper_guard_daemons(int death_fd)
{
	setsid();
	prctl(PR_SET_NAME, "berth-guard");
	for (;;) {
		pid_t pid;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return;
		struct pollfd last = { .fd = death_fd };
		/* Looks after children that end by themselves every 5 s; nobody waits for that. */
		if (poll(&last, 1, 5000) > 0 && last.revents & (POLLHUP | POLLERR)) {
			kill_children();
			RETRY(waitpid(-1, NULL, 0));
		}
	}
}
