/* Gives a new volume what the image has at the place where it is mounted. */
#ifndef BERTH_FILL_H
#define BERTH_FILL_H

#include "common.h"

/*
 * Copies the directory `path` of the tree at `root` into the volume, with owners, modes, times and attributes, when the
 * volume is empty (CVE-2020-1726). The path is walked inside the root only (CVE-2022-23648); where there is no directory,
 * nothing is done.
 */
int fill_volume(int root, const char *path, int volume, struct error *error);

#endif
