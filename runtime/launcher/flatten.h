/* Where overlayfs cannot be used: a container's root filesystem as a plain copy of its image's layers. */
#ifndef BERTH_FLATTEN_H
#define BERTH_FLATTEN_H

#include "proto.h"

/* Copies the layers (topmost first) one over the other into the empty directory `target`. */
int flatten_layers(const struct strings *lower, const char *target, struct error *error);
/* Mounts an overlay in the empty directory `place` of this process's own, and works in it as a container would. */
int flatten_probe_overlay(const char *place, struct error *error);

#endif
