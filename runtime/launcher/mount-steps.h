/* One mount at a time, each as a descriptor that is attached to a target opened in the container's root. */
#ifndef BERTH_MOUNT_STEPS_H
#define BERTH_MOUNT_STEPS_H

#include "mounts.h"

/* What SELinux is to make of the files of a container; '' for nothing. */
const char *mount_label_of(const struct launch_plan *plan);
/*
 * A new filesystem, attached nowhere: options `key=value,flag,...` without that called `skip` (NULL: all). All that is in it
 * has the SELinux label, '' for none, where a filesystem of the type can have one.
 */
int mount_make_labelled(const char *type, const char *source, const char *data, const char *skip, unsigned attributes,
			const char *label);
int mount_make(const char *type, const char *data, const char *skip, unsigned attributes, const char *label);
/* MOUNT_ATTR_* of a step. */
unsigned mount_attributes(const struct mount_step *step);
int mount_attach(int mount_fd, int target_fd);
/* The plan's overlay by mount(2) on `target_fd`, for kernels without `lowerdir+`; and by fsconfig(2), attached nowhere. */
int mount_overlay_old(const struct launch_plan *plan, const char *extra, int target_fd);
int mount_overlay_new(const struct launch_plan *plan, bool user_xattr);
/* O_PATH descriptor of what a bind is made of. -1 with errno. */
int mount_open_bind_source(const struct mount_step *step);
/* A bind, attached nowhere; in-root below its source where the step says so. */
int mount_clone_bind(const struct mount_step *step);
int mount_attach_bind(const struct mount_step *step, int fd, int root, struct error *error);
/*
 * What a step mounts, attached nowhere; what is new of it has the SELinux label, '' for none. Where it is a part of a
 * filesystem, that covers the directory `place` for a moment, which nothing else of the caller's mount namespace may use.
 */
int mount_open(const struct mount_step *step, int place, const char *label);
/*
 * Makes the plan's filesystems that are not the kernel's own (nfs, cifs, of a disk) where the caller is: a server is
 * reached from the network that the mount was made in, which has to be the host's. Closed when they are attached.
 */
int mounts_make_outside(const struct launch_plan *plan, struct error *error);
void mounts_close_outside(const struct launch_plan *plan);
/* Every other kind of mount, made and attached. */
int mount_special(const struct mount_step *step, const struct launch_plan *plan, struct rootfs *rootfs,
		  struct error *error);

#endif
