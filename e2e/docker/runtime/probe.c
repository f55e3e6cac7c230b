/*
 * Run in a container, says all that its runtime has arranged, one fact a line: `key value`. Linked statically, so that
 * it runs in any image. Numbers that differ from run to run (inodes, pids) are left out or named so that the test can.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The last system call of Linux 5.17: what the library of the oldest runtime in use knows. */
#define LAST_SYSCALL 449

static void print_file(const char *key, const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (size < 0) {
		printf("%s %s !%s\n", key, path, strerrorname_np(errno));
	} else {
		text[size] = '\0';
		for (ssize_t i = 0; i < size; i++)
			if (text[i] == '\n' || text[i] == '\t')
				text[i] = ' ';
		printf("%s %s %s\n", key, path, text);
	}
	if (fd >= 0)
		close(fd);
}

static void print_ids(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, groups[256];
	getresuid(&ruid, &euid, &suid);
	getresgid(&rgid, &egid, &sgid);
	printf("uid %u %u %u\ngid %u %u %u\n", ruid, euid, suid, rgid, egid, sgid);
	int count = getgroups(256, groups);
	printf("groups %d:", count);
	for (int i = 0; i < count; i++)
		printf(" %u", groups[i]);
	mode_t mask = umask(0);
	umask(mask);
	char cwd[PATH_MAX];
	printf("\numask %04o\ncwd %s\n", mask, getcwd(cwd, sizeof cwd) ? cwd : strerrorname_np(errno));
	struct utsname name;
	uname(&name);
	printf("hostname %s\ndomainname %s\n", name.nodename, name.domainname);
	printf("no_new_privs %d\nsecurebits %d\ndumpable %d\nleader %d\nfirst %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
	       prctl(PR_GET_SECUREBITS), prctl(PR_GET_DUMPABLE), getsid(0) == getpid(), getpid() == 1);
}

static void print_status(void)
{
	static const char *const wanted[] = { "Cap", "Sig", "Seccomp:", "Shd", "NoNewPrivs", "Cpus_allowed_list", "CoreDumping", "THP" };
	char line[1024];
	FILE *file = fopen("/proc/self/status", "r");
	while (file && fgets(line, sizeof line, file))
		for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
			if (!strncmp(line, wanted[i], strlen(wanted[i])) && strncmp(line, "SigQ", 4))
				printf("status %s", line);
	if (file)
		fclose(file);
	print_file("oom", "/proc/self/oom_score_adj");
}

static void print_limits(void)
{
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;
		if (getrlimit((unsigned)resource, &limit) == 0)
			printf("rlimit %d %llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
	}
	printf("priority %d\n", getpriority(PRIO_PROCESS, 0));
}

static void print_namespaces(void)
{
	static const char *const kinds[] = { "cgroup", "ipc", "mnt", "net", "pid", "user", "uts", "time" };
	for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char path[64], link[64] = "";
		snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
		if (readlink(path, link, sizeof link - 1) < 0)
			snprintf(link, sizeof link, "!%s", strerrorname_np(errno));
		printf("namespace %s %s\n", kinds[i], link);
	}
}

static void print_lines(const char *key, const char *path)
{
	char line[8192];
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		printf("%s %s", key, line);
	if (file)
		fclose(file);
}

static void print_tree(const char *path, int depth)
{
	DIR *listing = opendir(path);
	for (struct dirent *entry; listing && (entry = readdir(listing));) {
		char name[PATH_MAX], link[PATH_MAX];
		struct stat info;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof name, "%.2000s/%.255s", path, entry->d_name);
		if (lstat(name, &info) < 0)
			continue;
		ssize_t size = S_ISLNK(info.st_mode) ? readlink(name, link, sizeof link - 1) : 0;
		link[size > 0 ? size : 0] = '\0';
		printf("tree %s %o %u:%u %u:%u %s\n", name, info.st_mode, info.st_uid, info.st_gid, major(info.st_rdev),
		       minor(info.st_rdev), link);
		if (S_ISDIR(info.st_mode) && depth > 0 && strcmp(name, "/dev/pts"))
			print_tree(name, depth - 1);
	}
	if (listing)
		closedir(listing);
}

static void print_device(const char *name, mode_t kind, unsigned device_major, unsigned device_minor)
{
	char path[64];
	snprintf(path, sizeof path, "/tmp/probe-%s", name);
	int made = mknod(path, kind | 0600, makedev(device_major, device_minor));
	printf("device %s mknod %s", name, made < 0 ? strerrorname_np(errno) : "ok");
	int fd = made < 0 ? -1 : open(path, O_RDWR | O_NONBLOCK);
	printf(" open %s\n", fd >= 0 ? "ok" : made < 0 ? "-" : strerrorname_np(errno));
	if (fd >= 0)
		close(fd);
	unlink(path);
}

static void print_place(const char *path)
{
	struct stat info;
	if (stat(path, &info) < 0) {
		printf("place %s !%s\n", path, strerrorname_np(errno));
		return;
	}
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	char byte;
	const char *read_result = fd < 0 ? strerrorname_np(errno) : S_ISDIR(info.st_mode) ? "dir" : read(fd, &byte, 1) == 1 ? "data" : "empty";
	int count = 0;
	DIR *listing = S_ISDIR(info.st_mode) ? opendir(path) : NULL;
	while (listing && readdir(listing))
		count++;
	if (listing)
		closedir(listing);
	printf("place %s %o %u:%u read %s entries %s write %s\n", path, info.st_mode, info.st_uid, info.st_gid, read_result,
	       count > 2 ? "some" : "none", faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? "ok" : strerrorname_np(errno));
	if (fd >= 0)
		close(fd);
}

/* Not called: they end or stop the process, or the session. */
static int is_left_out(int number)
{
	static const int numbers[] = { SYS_rt_sigreturn, SYS_pause, SYS_fork, SYS_vfork, SYS_exit, SYS_exit_group,
				       SYS_vhangup, SYS_rt_sigsuspend, SYS_sync, SYS_restart_syscall, SYS_clone };
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i] == number)
			return 1;
	return number >= 335 && number < 424;
}

/* What each system call says to arguments that are all wrong: a filter speaks first. One child until it is killed. */
static void print_syscalls(void)
{
	int *answers = mmap(NULL, sizeof(int) * (LAST_SYSCALL + 2), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answers == MAP_FAILED)
		return;
	int *next = &answers[LAST_SYSCALL + 1];
	while (*next <= LAST_SYSCALL) {
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0) {
			signal(SIGSYS, SIG_DFL);
			while (*next <= LAST_SYSCALL) {
				int number = (*next)++;
				if (!is_left_out(number))
					answers[number] = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) == -1 ? errno : 0;
			}
			_exit(0);
		}
		int status;
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			printf("syscall %d signal %d\n", *next - 1, WTERMSIG(status));
	}
	for (int number = 0; number <= LAST_SYSCALL; number++)
		if (answers[number] == EPERM || answers[number] == ENOSYS)
			printf("syscall %d %s\n", number, strerrorname_np(answers[number]));
	static const struct {
		const char *name;
		long number, first;
	} calls[] = {
		{ "clone-newuser", SYS_clone, 0x10000000 },    { "clone-newnet", SYS_clone, 0x40000000 },
		{ "socket-vsock", SYS_socket, 40 },	      { "socket-alg", SYS_socket, 38 },
		{ "socket-packet", SYS_socket, 17 },	      { "socket-netlink", SYS_socket, 16 },
		{ "personality-linux32", SYS_personality, 8 }, { "personality-aslr", SYS_personality, 0x40000 },
	};
	for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0) {
			long result = syscall(calls[i].number, calls[i].first, calls[i].number == SYS_socket ? 3L : 0L, 0L, 0L, 0L);
			if (calls[i].number == SYS_clone && result == 0)
				_exit(0);
			_exit(result >= 0 ? 0 : errno & 127);
		}
		int status;
		waitpid(pid, &status, 0);
		printf("call %s %d\n", calls[i].name, status);
	}
}

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("argument %d %s\n", i, argv[i]);
	for (char **item = environ; *item; item++)
		printf("environment %s\n", *item);
	print_ids();
	print_status();
	print_limits();
	print_namespaces();
	print_lines("mount", "/proc/self/mountinfo");
	print_lines("cgroup", "/proc/self/cgroup");
	print_lines("interface", "/proc/net/dev");
	print_tree("/dev", 3);
	print_tree("/sys/fs/cgroup", 0);
	print_tree("/proc/self/fd", 0);
	struct winsize size = { 0 };
	printf("terminal %d %d %d\n", isatty(0), isatty(1), ioctl(0, TIOCGWINSZ, &size));
	print_device("mem", S_IFCHR, 1, 1);
	print_device("zero", S_IFCHR, 1, 5);
	print_device("fuse", S_IFCHR, 10, 229);
	print_device("disk", S_IFBLK, 8, 0);
	static const char *const places[] = {
		"/", ".", "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
		"/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sys/kernel", "/proc/sysrq-trigger", "/sys", "/sys/kernel",
		"/sys/fs/cgroup", "/dev", "/dev/shm", "/dev/mqueue", "/dev/pts", "/tmp", "/etc/hosts", "/etc/hostname",
		"/etc/resolv.conf", "/data", "/data/file",
	};
	for (unsigned i = 0; i < sizeof places / sizeof *places; i++)
		print_place(places[i]);
	static const char *const settings[] = {
		"net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range", "net/ipv4/ip_forward", "net/core/somaxconn",
		"kernel/shmmax", "kernel/shmall", "kernel/msgmax", "kernel/sem", "fs/mqueue/msg_max", "kernel/shm_rmid_forced",
	};
	for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
		char path[128];
		snprintf(path, sizeof path, "/proc/sys/%s", settings[i]);
		print_file("sysctl", path);
	}
	static const char *const limits[] = {
		"memory/memory.limit_in_bytes", "memory/memory.soft_limit_in_bytes", "memory/memory.memsw.limit_in_bytes",
		"memory/memory.swappiness", "cpu/cpu.shares", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us", "cpuset/cpuset.cpus",
		"cpuset/cpuset.mems", "pids/pids.max", "blkio/blkio.weight", "devices/devices.list", "memory.max", "memory.low",
		"memory.swap.max", "cpu.max", "cpu.weight", "pids.max", "cpuset.cpus",
	};
	for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
		char path[128];
		snprintf(path, sizeof path, "/sys/fs/cgroup/%s", limits[i]);
		print_file("limit", path);
	}
	print_syscalls();
	return 0;
}
