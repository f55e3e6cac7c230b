/* An overlay's upper directory that becomes a layer as it is: what the layer's archive leaves out is taken away. */
#ifndef BERTH_TIDY_H
#define BERTH_TIDY_H

#include "proto.h"

/*
 * Makes the root directory root's again, mode 0755, as that of every layer is. Removes sockets, and the places of mounts
 * as long as nothing is in them: those of the launcher itself (overlay.h) and `stubs`, relative paths. No overlay may be
 * mounted on `upper` that is still written to.
 */
int overlay_tidy(int upper, int lower, const struct strings *stubs, struct error *error);

#endif
