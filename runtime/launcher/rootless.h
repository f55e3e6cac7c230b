/* The user namespace of an engine without root, with its mount namespace and the network namespace of its bridges. */
#ifndef BERTH_ROOTLESS_H
#define BERTH_ROOTLESS_H

#include "zygote.h"

struct id_maps {
	/* "inside outside count ..." as newuidmap(1) takes them; NULL: only the caller's own id is mapped. */
	const char *uids;
	const char *gids;
};

/*
 * Moves the calling process into the namespaces that a live monitor of this engine holds, else into new ones. The
 * process stays in the host's network namespace, where ports are published; zygote->bridges_fd is the other one.
 */
int rootless_enter(struct zygote *zygote, const struct id_maps *maps, struct error *error);
/* True when a monitor of this run directory answers; links of those that do not are removed. */
bool rootless_any_monitor(const char *run_dir);
/* Number of descriptors a monitor hands to a restarted zygote: user, mount, network namespace, life, death. */
#define NAMESPACE_FDS 5
/* Directory of links to the sockets of live monitors. */
int rootless_open_registry(const char *run_dir);

#endif
