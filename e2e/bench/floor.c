/*
 * The kernel floor: what a bare C parent takes to make, run and reap the container that the engine makes for
 * `run --network none`. Directories, cgroups, clone3 with all namespaces, overlay root, the usual mounts and devices,
 * masked and read-only paths, pivot_root, capabilities, the same seccomp program, execve of `true`, reap.
 *
 *     floor LAYER DIRECTORY SECCOMP [CGROUP-PARENT]...
 *
 * Stays resident and does it once per line read, printing the microseconds until execve had succeeded and until the
 * process was reaped. The cgroups are removed after the clock has stopped; the directories stay.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define CAPABILITIES 0xa80425fbu /* Docker's 14 */

static struct sock_fprog program;

static double now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

static void load_seccomp(const char *path)
{
	static char bytes[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd, path);
	ssize_t size = read(fd, bytes, sizeof bytes);
	must(size, path);
	close(fd);
	program.filter = (struct sock_filter *)(void *)bytes;
	program.len = (unsigned short)((size_t)size / sizeof(struct sock_filter));
}

static void mount_all(void)
{
	static const struct {
		const char *type, *target, *data;
		unsigned long flags;
	} mounts[] = {
		{ "proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID },
		{ "devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC },
		{ "sysfs", "sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY },
		{ "mqueue", "dev/mqueue", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
		{ "tmpfs", "dev/shm", "mode=1777,size=65536k", MS_NOSUID | MS_NODEV | MS_NOEXEC },
	};
	for (unsigned i = 0; i < COUNT_OF(mounts); i++) {
		if (mkdir(mounts[i].target, 0755) < 0 && errno != EEXIST)
			err(1, "mkdir %s", mounts[i].target);
		must(mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags, mounts[i].data),
		     mounts[i].target);
	}
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = { { "dev/null", 1, 3 },   { "dev/zero", 1, 5 },    { "dev/full", 1, 7 },
		      { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };
	for (unsigned i = 0; i < COUNT_OF(nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
	must(symlink("/proc/self/fd", "dev/fd"), "dev/fd");
	must(symlink("pts/ptmx", "dev/ptmx"), "dev/ptmx");
	static const char *const masked[] = { "proc/kcore", "proc/keys", "proc/timer_list" };
	for (unsigned i = 0; i < COUNT_OF(masked); i++)
		if (mount("dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno != ENOENT)
			err(1, "%s", masked[i]);
	static const char *const hidden[] = { "proc/acpi", "proc/scsi", "sys/firmware" };
	for (unsigned i = 0; i < COUNT_OF(hidden); i++)
		if (mount("tmpfs", hidden[i], "tmpfs", MS_RDONLY, NULL) < 0 && errno != ENOENT)
			err(1, "%s", hidden[i]);
	static const char *const readonly[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
	for (unsigned i = 0; i < COUNT_OF(readonly); i++) {
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0)
			continue;
		must(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			   NULL),
		     readonly[i]);
	}
}

static void restrict_process(void)
{
	for (int capability = 0; capability <= 40; capability++)
		if (!(CAPABILITIES >> capability & 1) || capability >= 32)
			prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { CAPABILITIES, CAPABILITIES, 0 } };
	must(syscall(SYS_capset, &header, data), "capset");
}

/* A thread that moves itself is moved at once; moving another one waits for an RCU grace period of the kernel. */
static void join_cgroups(char **parents, int parent_count, pid_t owner)
{
	char path[512];
	for (int i = 0; i < parent_count; i++) {
		snprintf(path, sizeof path, "%s/floor-%d/tasks", parents[i], owner);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0) {
			snprintf(path, sizeof path, "%s/floor-%d/cgroup.procs", parents[i], owner);
			fd = open(path, O_WRONLY | O_CLOEXEC);
		}
		must(fd, path);
		must(dprintf(fd, "0"), path);
		close(fd);
	}
}

static _Noreturn void child(const char *overlay, const char *merged)
{
	must(setsid(), "setsid");
	must(sethostname("floor", 5), "sethostname");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
	must(mount("overlay", merged, "overlay", 0, overlay), "overlay");
	must(chdir(merged), merged);
	mount_all();
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount");
	must(chdir("/"), "chdir");
	restrict_process();
	execl("/bin/true", "true", NULL);
	err(1, "execl");
}

static void one(const char *layer, const char *directory, char **parents, int parent_count, int round)
{
	char upper[256], work[256], merged[256], overlay[1024], path[512];
	double begin = now_us();
	snprintf(upper, sizeof upper, "%s/u%d", directory, round);
	snprintf(work, sizeof work, "%s/w%d", directory, round);
	snprintf(merged, sizeof merged, "%s/m%d", directory, round);
	must(mkdir(upper, 0755), upper);
	must(mkdir(work, 0700), work);
	must(mkdir(merged, 0700), merged);
	snprintf(overlay, sizeof overlay, "lowerdir=%s,upperdir=%s,workdir=%s", layer, upper, work);
	int executed[2];
	must(pipe2(executed, O_CLOEXEC), "pipe");
	for (int i = 0; i < parent_count; i++) {
		snprintf(path, sizeof path, "%s/floor-%d", parents[i], getpid());
		must(mkdir(path, 0755), path);
	}
	pid_t owner = getpid();
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	must(pid, "clone3");
	if (pid == 0) {
		close(executed[0]);
		join_cgroups(parents, parent_count, owner);
		child(overlay, merged);
	}
	close(executed[1]);
	char byte;
	must(read(executed[0], &byte, 1), "pipe");
	double started = now_us();
	int status;
	must(waitpid(pid, &status, 0), "waitpid");
	double reaped = now_us();
	if (status != 0)
		errx(1, "the process failed");
	printf("%.0f %.0f\n", started - begin, reaped - begin);
	close(executed[0]);
	for (int i = 0; i < parent_count; i++) {
		snprintf(path, sizeof path, "%s/floor-%d", parents[i], getpid());
		must(rmdir(path), path);
	}
}

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: floor LAYER DIRECTORY SECCOMP [CGROUP-PARENT]...");
	load_seccomp(argv[3]);
	setlinebuf(stdout);
	char line[8];
	for (int round = 0; fgets(line, sizeof line, stdin); round++)
		one(argv[1], argv[2], argv + 4, argc - 4, round);
	return 0;
}
