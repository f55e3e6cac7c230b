/*
 * What a Linux Security Module is to hold a process to. It is said to the kernel by a file of /proc that only the process
 * itself may write, and so before the host's /proc is left behind.
 */
#ifndef BERTH_LSM_H
#define BERTH_LSM_H

#include "plan.h"

/* The keyrings that the process makes from now on have the plan's SELinux label, if the kernel lets them. */
void lsm_label_keys(const struct process_plan *plan);
/*
 * The AppArmor profile and the SELinux label of the plan, entered at the next execve; processes that are forked before have
 * the same to enter at theirs. Nothing where the plan names none.
 */
int lsm_at_exec(const struct process_plan *plan, struct error *error);
/*
 * For a process that is to enter the profile without execve: descriptor of the file by which it can, when /proc is no longer
 * the host's. No other process can use it (proc(5) compares memories). -1 without an error where nothing is to be entered.
 */
int lsm_open_own(const struct process_plan *plan, int *fd, struct error *error);
/* Enters the profile of the plan now; nothing for the descriptor -1. */
int lsm_enter(const struct process_plan *plan, int fd, struct error *error);

#endif
