/* libFuzzer target: any bytes as the seccomp filter of a process. What is no program must be refused before the kernel
 * sees it; what the kernel takes is really loaded, in a process of its own.
 * Build: clang -std=gnu17 -D_GNU_SOURCE= -g -O1 -fsanitize=fuzzer,address,undefined seccomp.c common.c
 *        test/seccomp_fuzz.c -o seccomp_fuzz */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../seccomp.h"

enum { LOADED = 10, REFUSED = 11 };
/* Seconds that a loaded filter has. The sanitizers' _exit takes locks, and waits for them by system calls: for ever, when
 * the filter refuses those. Whoever waits for a vfork cannot be interrupted, so its child must end by itself. */
enum { PATIENCE = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Loads the filter and ends at once, if the filter lets it: a system call that it forbids may kill. */
static _Noreturn void load(const uint8_t *bytes, size_t size)
{
	struct error error;
	static const int handled[] = { SIGSEGV, SIGBUS, SIGILL, SIGSYS, SIGALRM };
	/* The sanitizers' own handlers would make system calls, too. */
	for (size_t i = 0; i < COUNT_OF(handled); i++)
		signal(handled[i], SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(PATIENCE);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	if (seccomp_load(bytes, (uint32_t)size, &error) < 0)
		_exit(error.errno_ == EINVAL ? REFUSED : 1);
	_exit(LOADED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sock_fprog program = { 0 };
	struct error error;
	/* A copy of the exact length, so that a byte too far is seen. */
	uint8_t *bytes = malloc(size ? size : 1);
	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	bool whole = size % sizeof(struct sock_filter) == 0 && size / sizeof(struct sock_filter) <= BPF_MAXINSNS;
	check((seccomp_program(bytes, (uint32_t)size, &program, &error) == 0) == whole);
	check(!whole || program.len * sizeof(struct sock_filter) == size);
	/* Copying what the sanitizers have mapped would take ten times as long as all else. */
	pid_t pid = vfork();
	check(pid >= 0);
	if (pid == 0)
		load(bytes, size);
	int status;
	check(RETRY(waitpid(pid, &status, 0)) == pid);
	/* Killed by what it asked for is fine; ended in another way than it says is not. */
	if (WIFEXITED(status))
		check(WEXITSTATUS(status) == LOADED || WEXITSTATUS(status) == REFUSED);
	if (!whole)
		check(WIFEXITED(status) && WEXITSTATUS(status) == REFUSED);
	free(bytes);
	return 0;
}
