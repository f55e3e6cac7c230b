/* The two files between the launcher and another OCI runtime: its config.json, and the log that says what failed. */
#ifndef BERTH_RUNTIME_CONFIG_H
#define BERTH_RUNTIME_CONFIG_H

#include "plan.h"
#include "user.h"

/*
 * Writes `config.json` into the bundle from the parts of the plan, with who the process runs as: names of users are the
 * container's own, so they are only known here.
 */
int runtime_write_config(const struct launch_plan *plan, const struct identity *identity, int bundle,
			 struct error *error);
/* Fills `error` with the last message of the runtime's `log` in the bundle. Always returns -1. */
int runtime_read_failure(int bundle, struct error *error);

#endif
