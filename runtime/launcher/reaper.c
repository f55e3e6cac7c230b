#include "reaper.h"

#include "mount-steps.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Names the command's process to the copy. */
#define COMMAND_VARIABLE "BERTH_INIT_COMMAND"
/* As a person who knows Docker looks for it; there is no such file. */
#define TITLE "/sbin/docker-init"

static void reap(pid_t command)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == command && !WIFSTOPPED(status))
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void reaper_run(pid_t command)
{
	sigset_t all;
	sigfillset(&all);
	for (;;) {
		siginfo_t info;
		int number = sigwaitinfo(&all, &info);
		if (number < 0)
			continue;
		if (number != SIGCHLD) {
			kill(command, number);
			continue;
		}
		reap(command);
	}
}

int reaper_copy(const char *label, int *copy, struct error *error)
{
	struct stat info;
	autoclose int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	autoclose int place = mount_make("tmpfs", "mode=755", NULL, MOUNT_ATTR_NODEV, label);
	autoclose int file = place < 0 ? -1 : openat(place, "docker-init", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
	if (self < 0 || file < 0 || fstat(self, &info) < 0)
		return fail(error, FAIL_BAD_LABEL, "making an init of SELinux label \"%.80s\"", label);
	for (off_t at = 0; at < info.st_size;)
		if (sendfile(file, self, &at, (size_t)(info.st_size - at)) <= 0)
			return fail(error, FAIL_INTERNAL, "copying the init");
	/* What is open for writing is not run, and nobody is to write what runs. */
	close_fd(&file);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	*copy = openat(place, "docker-init", O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (*copy < 0 || mount_setattr(place, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		return fail(error, FAIL_INTERNAL, "opening the init");
	return 0;
}

void reaper_become(int copy, pid_t command, const struct strings *args)
{
	char variable[64];
	const char **words = calloc((size_t)args->count + 3, sizeof *words);
	if (!words)
		return;
	words[0] = TITLE;
	words[1] = "--";
	for (uint32_t i = 0; i < args->count; i++)
		words[i + 2] = args->items[i];
	snprintf(variable, sizeof variable, COMMAND_VARIABLE "=%d", (int)command);
	char *environment[] = { variable, NULL };
	execveat(copy, "", (char **)words, environment, AT_EMPTY_PATH);
	free(words);
}

void reaper_if_become(int argc, char **argv)
{
	const char *text = getenv(COMMAND_VARIABLE);
	if (argc < 2 || strcmp(argv[0], TITLE) != 0 || strcmp(argv[1], "--") != 0 || !text)
		return;
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	/* Cleared with the change of the label. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "docker-init");
	close_range(0, ~0u, 0);
	pid_t command = (pid_t)strtol(text, NULL, 10);
	/* What was told of it before may have been lost. */
	reap(command);
	reaper_run(command);
}

void reaper_main(char **argv)
{
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	pid_t command = argv[0] ? fork() : -1;
	if (command < 0)
		_exit(125);
	if (command == 0) {
		if (isatty(STDIN_FILENO)) {
			setpgid(0, 0);
			ioctl(STDIN_FILENO, TIOCSPGRP, &(pid_t){ getpid() });
		}
		reset_signals();
		execvp(argv[0], argv);
		dprintf(STDERR_FILENO, "exec: \"%s\": %s\n", argv[0], strerrordesc_np(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	close_range(0, ~0u, 0);
	reaper_run(command);
}
