#include "reaper.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

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
		int status;
		pid_t pid;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == command && !WIFSTOPPED(status))
				_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
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
