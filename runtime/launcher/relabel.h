/* SELinux labels of files that are there already. */
#ifndef BERTH_RELABEL_H
#define BERTH_RELABEL_H

#include "common.h"

/*
 * Gives the label to what is open and to all below it, mounts included. Each is opened once, no link is followed, and what
 * has the label already stays untouched. What lies on a filesystem that keeps no labels is left as it is. -1 with errno.
 */
int relabel_tree(int fd, const char *label);

#endif
