/* Applies a layer archive that follows its request on the connection. */
#ifndef BERTH_LAYER_H
#define BERTH_LAYER_H

#include "proto.h"
#include "zygote.h"

/* Reads the archive to its end, answers, does not return. */
_Noreturn void layer_apply(const struct zygote *zygote, int connection, const char *destination,
			   const struct strings *parents);

#endif
