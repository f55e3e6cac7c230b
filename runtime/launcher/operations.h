/* One connection is one operation, in a process of its own. */
#ifndef BERTH_OPERATIONS_H
#define BERTH_OPERATIONS_H

#include "zygote.h"

_Noreturn void worker_run(const struct zygote *zygote, int connection);

#endif
