/* The resident process: takes connections and forks one worker for each. */
#ifndef BERTH_ZYGOTE_H
#define BERTH_ZYGOTE_H

#include "common.h"

struct zygote {
	const char *run_dir;
	/* What whoever started us calls the binary that we run; told at each greeting. */
	const char *build;
	int listener;
	pid_t pid;
	bool rootless;
	uint32_t mapped_ids;
	/* The network namespace with the bridges when rootless; -1: the one we are in. */
	int bridges_fd;
	/*
	 * Rootless: two ends of a pipe that nothing is ever written to. The zygote and every monitor hold `life_fd`; when
	 * the last of them is gone, who reads from `death_fd` sees the end, and ends the helpers of the namespaces (pasta).
	 */
	int life_fd, death_fd;
};

/*
 * Makes this process the only zygote of the run directory. 0: there is one already that answers; 1: it is us; -1: error.
 */
int zygote_claim(const struct zygote *zygote, struct error *error);
/* Serves until told to end. Returns the exit code. */
int zygote_run(struct zygote *zygote);

#endif
