/* Programs of the host (nft, pasta) run where the bridges are. */
#ifndef BERTH_HELPER_H
#define BERTH_HELPER_H

#include "proto.h"

struct helper_result {
	uint8_t exit_code;
	/* Both output streams, NUL-terminated; what does not fit is dropped. */
	char output[6144];
};

/*
 * Runs argv[0] by PATH with `input` on stdin, in the network namespace `bridges_fd` (-1: ours). When an argument is
 * `{netns}` the program stays in the host's namespace and gets a path of the other one there (pasta connects the two).
 */
int helper_run(const struct strings *argv, const char *input, int bridges_fd, struct helper_result *result,
	       struct error *error);

/*
 * When the helper has left a daemon behind: stays with it, and ends it when the last process that holds the other end
 * of `death_fd` is gone. To be called before and after helper_run.
 */
void helper_adopt_daemons(void);
void helper_guard_daemons(int death_fd);

#endif
