/* Who a process runs as: `user[:group]` looked up in the container's own files, without NSS. */
#ifndef BERTH_USER_H
#define BERTH_USER_H

#include "plan.h"

/* More than any sensible container lists; setgroups itself takes 65536. */
#define GROUPS_MAX 1024

struct identity {
	uid_t uid;
	gid_t gid;
	unsigned group_count;
	gid_t groups[GROUPS_MAX];
	char home[PATH_MAX];
};

/* `root_fd` is the container's root. Fails with FAIL_BAD_USER. */
int lookup_user(int root_fd, const char *spec, const struct strings *additional, struct identity *identity,
		struct error *error);

#endif
