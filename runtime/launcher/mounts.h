/* A container's root filesystem and everything mounted on it, made in the container's own mount namespace. */
#ifndef BERTH_MOUNTS_H
#define BERTH_MOUNTS_H

#include "process.h"

struct rootfs {
	/* Root directory of the mounted overlay. */
	int root;
	/* Private procfs, never reached through the container's tree. */
	int proc;
	/* Root of the container's devpts, or -1. */
	int pts;
};

/* True in a user namespace other than the initial one. */
bool in_user_namespace(void);
/* Mounts the overlay, all the plan's mounts and devices. Attached, not yet pivoted into. */
int rootfs_build(const struct launch_plan *plan, struct rootfs *rootfs, struct error *error);
/* The same for one who only looks: no procfs and no devices, and the root already read-only when the plan says so. */
int rootfs_build_view(const struct launch_plan *plan, struct rootfs *rootfs, struct error *error);
/*
 * What another OCI runtime starts from: the overlay, over the plan's upper directory, and below `places` by its number
 * each mount whose source no path can name safely. Returns the overlay's root.
 */
int rootfs_build_for_runtime(const struct launch_plan *plan, int places, struct error *error);
/* A descriptor of what a mount step would mount, attached nowhere. */
int rootfs_open_source(const struct mount_step *step, struct error *error);
/* The layers alone as one tree, in a mount namespace of this process's own. */
int rootfs_open_lower(const struct strings *lower, struct error *error);
/* Binds the terminal to /dev/console, which is made when it may be, and else only covered. */
int rootfs_bind_console(const struct rootfs *rootfs, int terminal, bool make, struct error *error);
/* Masked and read-only paths, and the read-only root. */
int rootfs_restrict(const struct launch_plan *plan, const struct rootfs *rootfs, int null_fd, struct error *error);
int rootfs_pivot(const struct rootfs *rootfs, struct error *error);

#endif
