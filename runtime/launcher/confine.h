/*
 * Takes from a process of ours that reads what containers and strangers send what it has beyond its open descriptors: it
 * is of the engine's user, so that without capabilities, too, it could write that user's files and speak to the engine.
 */
#ifndef BERTH_CONFINE_H
#define BERTH_CONFINE_H

#include "common.h"

/*
 * The calling thread may from now on change no file and run no program, and read none either without `reads`. By
 * Landlock; without effect where the kernel has none.
 */
void confine_files(bool reads);

/*
 * All threads may from now on make sockets of the Internet alone (the engine's is a unix socket), no processes, and reach
 * none. -1 with errno.
 */
int confine_calls(void);

#endif
