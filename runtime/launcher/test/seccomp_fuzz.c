/* libFuzzer target: any bytes as the seccomp filter of a process. What is no program must be refused before the kernel
 * sees it. Nothing is loaded: a process that carries the sanitizers cannot end under a filter that refuses futex.
 * Build: clang -std=gnu17 -D_GNU_SOURCE= -g -O1 -fsanitize=fuzzer,address,undefined seccomp.c common.c
 *        test/seccomp_fuzz.c -o seccomp_fuzz */
#include <stdlib.h>

#include "../seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
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
	free(bytes);
	return 0;
}
