/* Copies directory trees, with owners, modes, times and attributes. */
#ifndef BERTH_COPY_H
#define BERTH_COPY_H

#include "common.h"

enum copy_kind {
	/* Into an empty directory. */
	COPY_PLAIN,
	/* A layer over what the layers below it have made: its whiteouts and opaque directories remove. */
	COPY_LAYER,
};

/* -1 with errno; what was copied until then stays. */
int copy_tree(int from, int to, enum copy_kind kind);

#endif
