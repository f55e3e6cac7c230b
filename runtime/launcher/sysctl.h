/* Settings of the kernel, by a procfs. */
#ifndef BERTH_SYSCTL_H
#define BERTH_SYSCTL_H

#include "plan.h"

/* Those of net.* go to the caller's network namespace, whose ever the procfs is. */
int write_sysctls(int proc, const struct sysctls *sysctls, struct error *error);

#endif
