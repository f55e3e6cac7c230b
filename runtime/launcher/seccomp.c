#include "seccomp.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>

int seccomp_program(const uint8_t *bytes, uint32_t size, struct sock_fprog *program, struct error *error)
{
	if (size % sizeof(struct sock_filter) != 0 || size / sizeof(struct sock_filter) > BPF_MAXINSNS) {
		errno = EINVAL;
		return fail(error, FAIL_INTERNAL, "the seccomp filter");
	}
	*program = (struct sock_fprog){
		.len = (unsigned short)(size / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)bytes,
	};
	return 0;
}

int seccomp_load(const uint8_t *bytes, uint32_t size, struct error *error)
{
	struct sock_fprog program;
	if (size == 0)
		return 0;
	if (seccomp_program(bytes, size, &program, error) < 0)
		return -1;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return fail(error, FAIL_INTERNAL, "loading the seccomp filter");
	return 0;
}
