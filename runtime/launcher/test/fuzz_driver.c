/* Runs a libFuzzer target without libFuzzer: `driver ROUNDS FILE...` feeds it the files, then mutations of them, the same
 * ones each time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 4096
#define SEEDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 88172645463325252u;

/* xorshift64 (Marsaglia 2003). */
static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t mutate(uint8_t *data, size_t size)
{
	for (uint64_t changes = next_random() % 8; changes > 0; changes--) {
		uint64_t kind = next_random() % 4;
		size_t at = size > 0 ? next_random() % size : 0;
		if (kind == 0 && size > 0)
			data[at] = (uint8_t)next_random();
		else if (kind == 1 && size > 0)
			data[at] ^= (uint8_t)(1u << next_random() % 8);
		else if (kind == 2)
			size = at;
		else if (size < INPUT_MAX)
			data[size++] = (uint8_t)next_random();
	}
	return size;
}

int main(int argc, char **argv)
{
	static uint8_t seeds[SEEDS_MAX][INPUT_MAX], data[INPUT_MAX];
	size_t sizes[SEEDS_MAX], count = 0;
	for (int i = 2; i < argc && count < SEEDS_MAX; i++) {
		FILE *file = fopen(argv[i], "rb");
		if (!file)
			return 1;
		sizes[count] = fread(seeds[count], 1, INPUT_MAX, file);
		fclose(file);
		LLVMFuzzerTestOneInput(seeds[count], sizes[count]);
		count++;
	}
	if (count == 0)
		return 1;
	for (long round = strtol(argv[1], NULL, 10); round > 0; round--) {
		size_t seed = next_random() % count;
		memcpy(data, seeds[seed], sizes[seed]);
		LLVMFuzzerTestOneInput(data, mutate(data, sizes[seed]));
	}
	return 0;
}
