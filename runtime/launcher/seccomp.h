/* The seccomp filter of a process: the engine has compiled it, here it is only checked and loaded. */
#ifndef BERTH_SECCOMP_H
#define BERTH_SECCOMP_H

#include "common.h"

#include <linux/filter.h>

/*
 * Looks at `size` bytes as a BPF program: whole instructions, and not more than the kernel takes. Whether they make
 * sense is the kernel's to check. The program points into `bytes`.
 */
int seccomp_program(const uint8_t *bytes, uint32_t size, struct sock_fprog *program, struct error *error);

/* Restricts the calling process with them; without no_new_privs that takes CAP_SYS_ADMIN. No bytes: no filter. */
int seccomp_load(const uint8_t *bytes, uint32_t size, struct error *error);

#endif
