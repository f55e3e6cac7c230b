/*
 * A container's tree as a helper sees it: that of a running container in its own mount namespace, that of a stopped one
 * mounted in a throw-away namespace. From then on the process's root is the container's, so that no path it might ever
 * follow leads to the host (CVE-2018-15664), and it runs nothing of what it finds there (CVE-2019-14271).
 */
#ifndef BERTH_VIEW_H
#define BERTH_VIEW_H

#include "plan.h"

struct view {
	/* 0: the tree has to be mounted; else the container's first process. */
	pid_t target;
	uint64_t target_start_time;
	/* Of a running container: the root filesystem alone, without what is mounted in it. */
	bool bare;
	/* The layers and mounts of a stopped one. */
	struct launch_plan tree;
};

/* An entered view. */
struct entered {
	int root;
	/* /proc/self/fd of the host's procfs: tells where a descriptor is, as seen from the container's root. */
	int descriptors;
};

void decode_view(struct reader *reader, struct view *view);
/* Enters for good: this process can never come back to the host's tree. */
int view_enter(const struct view *view, struct entered *entered, struct error *error);
/* Path of an open descriptor inside the view. -1 when it has none. */
int view_path_of(const struct entered *entered, int fd, char path[PATH_MAX]);

#endif
