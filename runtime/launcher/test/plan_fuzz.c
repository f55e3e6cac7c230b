/* libFuzzer target: any bytes as the payload of a request to the zygote, read as each kind of plan there is.
 * Build: clang -std=gnu17 -D_GNU_SOURCE= -g -O1 -fsanitize=fuzzer,address,undefined plan.c proto.c common.c
 *        test/plan_fuzz.c -o plan_fuzz */
#include <stdlib.h>

#include "../plan.h"
#include "../proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	/* A copy of the exact length, so that a byte too far is seen. */
	uint8_t *payload = malloc(size);
	if (!payload)
		abort();
	__builtin_memcpy(payload, data, size);
	struct reader reader;
	struct error error;
	struct launch_plan launch = { 0 };
	struct exec_plan exec = { 0 };
	struct endpoint_step endpoint;
	reader_init(&reader, payload, size);
	decode_launch_plan(&reader, &launch, &error);
	reader_free(&reader);
	reader_init(&reader, payload, size);
	decode_exec_plan(&reader, &exec, &error);
	reader_free(&reader);
	reader_init(&reader, payload, size);
	decode_endpoint(&reader, &endpoint);
	reader_free(&reader);
	free(payload);
	return 0;
}
