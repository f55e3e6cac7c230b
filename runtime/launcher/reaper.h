/* Pid 1 of `--init`. */
#ifndef BERTH_REAPER_H
#define BERTH_REAPER_H

#include "common.h"

/* Passes signals on, reaps what is orphaned, ends as its command ends. All signals are blocked. Nothing is exec'd. */
_Noreturn void reaper_run(pid_t command);
/* The same as a program of its own, for a container that another OCI runtime makes: runs the command of `argv`. */
_Noreturn void reaper_main(char **argv);

#endif
