/* What ps(1) and /proc/PID/cmdline show of a launcher process (proc_pid_cmdline(5)). */
#ifndef BERTH_TITLE_H
#define BERTH_TITLE_H

#include "proto.h"

/* Where the arguments of main() are: the kernel reads them from the process's own memory. */
void title_remember(int argc, char **argv);
/*
 * Shows the words instead, as far as there is room, to the end of the process or its execve. A process in a container is
 * seen from in there, and its own arguments name a directory of the host. The strings of argv are gone after it.
 */
void title_set(const char *first, const struct strings *words);

#endif
