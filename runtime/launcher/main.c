/*
 * berth-launcher: the only part of Berth that touches namespaces, mounts, cgroups, netlink and foreign uids.
 * README.md describes what it does and speaks.
 */
#include "reaper.h"
#include "rootless.h"
#include "title.h"
#include "zygote.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define SEALED_NAME "berth-launcher"

/*
 * Runs on from a sealed copy of the binary in memory. A process in a container can reach the file of a launcher process
 * by /proc/PID/exe while it enters the container; through it the installed binary could be overwritten (CVE-2019-5736).
 */
static int run_sealed(char **argv)
{
	if (getenv("BERTH_LAUNCHER_SEALED"))
		return unsetenv("BERTH_LAUNCHER_SEALED");
	autoclose int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	autoclose int copy = memfd_create(SEALED_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat info;
	if (self < 0 || copy < 0 || fstat(self, &info) < 0)
		return -1;
	for (off_t at = 0; at < info.st_size;)
		if (sendfile(copy, self, &at, (size_t)(info.st_size - at)) <= 0)
			return -1;
	if (fchmod(copy, 0500) < 0 ||
	    fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -1;
	char *environment[] = { "BERTH_LAUNCHER_SEALED=1", NULL };
	return fexecve(copy, argv, environment);
}

/* The launcher relies on 0 to 2 being taken, and holds on to nothing of whoever started it. */
static int take_standard_streams(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	close(fd);
	return close_range(STDERR_FILENO + 1, ~0u, 0);
}

static int usage(void)
{
	dprintf(STDERR_FILENO, "usage: berth-launcher zygote --run-dir DIRECTORY [--build TEXT] "
			      "[--rootless [--uid-map MAP --gid-map MAP]]\n"
			      "       berth-launcher init COMMAND [ARGUMENT...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct zygote zygote = { .build = "", .mapped_ids = 0xffffffffu, .bridges_fd = -1, .life_fd = -1, .death_fd = -1 };
	struct id_maps maps = { 0 };
	bool rootless = false;
	reaper_if_become(argc, argv);
	if (argc > 2 && strcmp(argv[1], "init") == 0)
		reaper_main(argv + 2);
	if (argc < 2 || strcmp(argv[1], "zygote") != 0)
		return usage();
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--run-dir") && i + 1 < argc)
			zygote.run_dir = argv[++i];
		else if (!strcmp(argv[i], "--build") && i + 1 < argc)
			zygote.build = argv[++i];
		else if (!strcmp(argv[i], "--rootless"))
			rootless = true;
		else if (!strcmp(argv[i], "--uid-map") && i + 1 < argc)
			maps.uids = argv[++i];
		else if (!strcmp(argv[i], "--gid-map") && i + 1 < argc)
			maps.gids = argv[++i];
		else
			return usage();
	}
	if (!zygote.run_dir || zygote.run_dir[0] != '/')
		return usage();
	if (take_standard_streams() < 0 || run_sealed(argv) < 0) {
		dprintf(STDERR_FILENO, "berth-launcher: preparing to run: %s\n", strerrordesc_np(errno));
		return 1;
	}
	title_remember(argc, argv);
	struct error error;
	int claimed = zygote_claim(&zygote, &error);
	if (claimed == 0)
		return 0;
	/* Before the process hides itself: newuidmap(1) works on its files in /proc. */
	if (claimed < 0 || (rootless && rootless_enter(&zygote, &maps, &error) < 0)) {
		dprintf(STDERR_FILENO, "berth-launcher: %s\n", error.msg);
		return 1;
	}
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NAME, "berth-zygote");
	return zygote_run(&zygote);
}
