/* Answers a container's questions for names at 127.0.0.11, and hands on what it does not know (README.md, "Names"). */
#ifndef BERTH_RESOLVER_H
#define BERTH_RESOLVER_H

#include "common.h"

/*
 * Forks a resolver from the host's network namespace, where it asks the host's servers; it waits for the container's.
 * Returns its pid, and a socket of which the end is also the resolver's.
 */
pid_t resolver_fork(const char *table, int *socket, struct error *error);
/*
 * Gives it the container: a descriptor that setns(2) takes. Returns when it listens. With `follow` (a pidfd) it ends
 * with that process instead of with the socket.
 */
int resolver_settle(int socket, int namespace, bool follow, struct error *error);

#endif
