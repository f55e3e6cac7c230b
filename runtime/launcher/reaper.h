/* Pid 1 of `--init`. */
#ifndef BERTH_REAPER_H
#define BERTH_REAPER_H

#include "proto.h"

/* Passes signals on, reaps what is orphaned, ends as its command ends. All signals are blocked. Nothing is exec'd. */
_Noreturn void reaper_run(pid_t command);
/*
 * SELinux lets a process into another domain by execve alone. An executable copy of this program, which belongs to one
 * container and has the label of its files; made while /proc is the host's.
 */
int reaper_copy(const char *label, int *copy, struct error *error);
/* Runs on from the copy, for a command that runs already. Returns when that cannot be. */
void reaper_become(int copy, pid_t command, const struct strings *args);
/* What the copy does: whether this is one. Does not return then. */
void reaper_if_become(int argc, char **argv);
/* The same as a program of its own, for a container that another OCI runtime makes: runs the command of `argv`. */
_Noreturn void reaper_main(char **argv);

#endif
