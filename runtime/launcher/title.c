#include "title.h"

static char *area;
static size_t area_size;

void title_remember(int argc, char **argv)
{
	area = argv[0];
	/* The kernel has laid them one after the other. */
	area_size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - area);
}

static size_t add(size_t at, const char *text)
{
	/* The last byte is the mark, the one before it ends the text. */
	for (; *text && at + 2 < area_size; text++)
		area[at++] = *text;
	return at;
}

void title_set(const char *first, const struct strings *words)
{
	if (area_size < 2)
		return;
	memset(area, 0, area_size);
	size_t at = add(0, first);
	for (uint32_t i = 0; i < words->count; i++)
		at = add(add(at, " "), words->items[i]);
	/* Where the last byte is none, the kernel shows what stands before the first one that is (setproctitle(3)). */
	area[area_size - 1] = ' ';
}
