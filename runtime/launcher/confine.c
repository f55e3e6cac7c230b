#include "confine.h"

#include "seccomp.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* landlock(7). Named here, as the headers of older systems know few of them. */
#define RULESET_VERSION 1u
#define ACCESS_READ (1u << 2 | 1u << 3)
#define SCOPE_ABSTRACT_SOCKETS 1u
#define SCOPE_SIGNALS 2u

struct ruleset {
	uint64_t files, network, scoped;
};

/* How much of it each version of the kernel's interface knows, the first being 1. */
static const struct {
	unsigned rights;
	size_t size;
} versions[] = { { 13, 8 }, { 14, 8 }, { 15, 8 }, { 15, 16 }, { 16, 16 }, { 16, 24 } };

void confine_files(bool reads)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, RULESET_VERSION);
	if (version < 1)
		return;
	if ((size_t)version > COUNT_OF(versions))
		version = COUNT_OF(versions);
	size_t size = versions[version - 1].size;
	uint64_t all = (1u << versions[version - 1].rights) - 1;
	struct ruleset rules = {
		.files = reads ? all & ~(uint64_t)ACCESS_READ : all,
		.scoped = size == sizeof rules ? SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS : 0,
	};
	/* What is asked for and nowhere allowed is allowed nowhere. */
	autoclose int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		syscall(SYS_landlock_restrict_self, fd, 0);
}

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Calls that make processes, reach other ones, or go around the filter. */
static const int refused[] = {
#ifdef SYS_fork
	SYS_fork,	 SYS_vfork,
#endif
	SYS_clone,	 SYS_clone3,	       SYS_execve,	  SYS_execveat,	      SYS_unshare,
	SYS_kill,	 SYS_tkill,	       SYS_rt_sigqueueinfo, SYS_pidfd_send_signal, SYS_pidfd_getfd,
	SYS_ptrace,	 SYS_process_vm_readv, SYS_process_vm_writev, SYS_io_uring_setup, SYS_io_uring_enter,
	SYS_socketpair,	 SYS_keyctl,	       SYS_add_key,	  SYS_request_key,    SYS_bpf,
};

int confine_calls(void)
{
#ifdef ARCHITECTURE
	enum { HEAD = 4, TAIL = 6, COUNT = HEAD + COUNT_OF(refused) + TAIL };
	const unsigned allow = COUNT - 2, refuse = COUNT - 1;
	struct sock_filter program[COUNT];
	unsigned at = 0;
/* Jumps say how many instructions they pass over. */
#define TO(place) (uint8_t)((place) - at - 1)
#define ADD(...) program[at] = (struct sock_filter)__VA_ARGS__, at++
	ADD({ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch) });
	ADD({ BPF_JMP | BPF_JEQ | BPF_K, 0, TO(refuse), ARCHITECTURE });
	ADD({ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) });
	/* Numbers of x32 on x86-64; elsewhere there are none so high. */
	ADD({ BPF_JMP | BPF_JGE | BPF_K, TO(refuse), 0, 0x40000000 });
	for (unsigned i = 0; i < COUNT_OF(refused); i++)
		ADD({ BPF_JMP | BPF_JEQ | BPF_K, TO(refuse), 0, (uint32_t)refused[i] });
	ADD({ BPF_JMP | BPF_JEQ | BPF_K, 0, TO(allow), SYS_socket });
	ADD({ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[0]) });
	ADD({ BPF_JMP | BPF_JEQ | BPF_K, TO(allow), 0, AF_INET });
	ADD({ BPF_JMP | BPF_JEQ | BPF_K, 0, TO(refuse), AF_INET6 });
	ADD({ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW });
	ADD({ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM });
#undef ADD
#undef TO
	struct sock_fprog filter = { .len = COUNT, .filter = program };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	/* Not 0 and no error: the id of a thread that cannot follow. */
	long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
	if (result > 0)
		errno = EAGAIN;
	/* A kernel without seccomp. */
	return result == 0 || (result < 0 && errno == ENOSYS) ? 0 : -1;
#else
	return 0;
#endif
}
