/* What is left to a process that was confined: a line for each thing that it tries. Usage: confine READABLE WRITABLE MISSING */
#include "../confine.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static void told(const char *what, long result)
{
	printf("%s: %s\n", what, result >= 0 ? "yes" : strerrorname_np(errno));
}

static void *socket_of_thread(void *end)
{
	char go;
	if (read(*(int *)end, &go, 1) == 1)
		told("unix socket of another thread", socket(AF_UNIX, SOCK_STREAM, 0));
	return NULL;
}

int main(int count, char **words)
{
	int ends[2];
	pthread_t thread;
	setvbuf(stdout, NULL, _IONBF, 0);
	if (count != 4 || pipe(ends) < 0 || pthread_create(&thread, NULL, socket_of_thread, &ends[0]) != 0)
		return 2;
	told("landlock", syscall(SYS_landlock_create_ruleset, NULL, 0, 1));
	confine_files(true);
	told("read", open(words[1], O_RDONLY));
	confine_files(false);
	told("read what is not to be read", open(words[1], O_RDONLY));
	told("write", open(words[2], O_WRONLY));
	told("make", open(words[3], O_WRONLY | O_CREAT, 0600));
	if (confine_calls() < 0)
		return 2;
	told("internet socket", socket(AF_INET, SOCK_STREAM, 0));
	told("internet socket, version 6", socket(AF_INET6, SOCK_DGRAM, 0));
	told("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
	told("netlink socket", socket(AF_NETLINK, SOCK_RAW, 0));
	told("signal", kill(getppid(), 0));
	told("process", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	told("program", execve("/bin/true", (char *[]){ "true", NULL }, NULL));
	if (write(ends[1], "g", 1) != 1)
		return 2;
	pthread_join(thread, NULL);
	return 0;
}
