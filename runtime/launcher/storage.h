/* What the engine asks about files of containers and volumes: requests 80 and up of the protocol. */
#ifndef BERTH_STORAGE_H
#define BERTH_STORAGE_H

#include "proto.h"
#include "zygote.h"

/* False when the request is not one of these. Otherwise it has been answered, and the connection is at its end. */
bool storage_serve(const struct zygote *zygote, int connection, const struct frame *frame, struct reader *reader);

#endif
