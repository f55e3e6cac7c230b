/* libFuzzer target: any bytes as what a client sends, cut into frames, and as the payload of a request to the zygote, read
 * as each kind of plan there is.
 * Build: clang -std=gnu17 -D_GNU_SOURCE= -g -O1 -fsanitize=fuzzer,address,undefined plan.c proto.c common.c
 *        test/plan_fuzz.c -o plan_fuzz */
#include <fcntl.h>
#include <stdlib.h>

#include "../plan.h"
#include "../proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a monitor, and what a worker takes, until something is wrong or the client has hung up. */
static void read_frames(const uint8_t *data, size_t size, uint32_t most)
{
	int ends[2];
	struct frame frame;
	struct error error;
	if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], data, size) != (ssize_t)size)
		abort();
	close(ends[1]);
	while (frame_read(ends[0], &frame, most, &error) == 0) {
		if (frame.size > most)
			abort();
		struct reader reader;
		reader_init(&reader, frame.payload, frame.size);
		read_strings(&reader);
		read_string(&reader);
		read_u16(&reader);
		reader_free(&reader);
		frame_free(&frame);
	}
	close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	read_frames(data, size, FRAME_MAX_CONTROL);
	read_frames(data, size, FRAME_MAX);
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
