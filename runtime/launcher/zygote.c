#include "zygote.h"

#include "crash.h"
#include "operations.h"
#include "rootless.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

/* As long as this, the socket of a zygote that is about to end, or about to listen, is waited for. */
#define CLAIM_ATTEMPTS 400
#define CLAIM_PAUSE_NS 5000000

static int socket_address(const char *run_dir, struct sockaddr_un *address, struct error *error)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((size_t)snprintf(address->sun_path, sizeof address->sun_path, "%s/zygote.sock", run_dir) >=
	    sizeof address->sun_path)
		return fail_plain(error, FAIL_INTERNAL, "the run directory's path is too long: %.150s", run_dir);
	return 0;
}

int zygote_claim(const struct zygote *zygote, struct error *error)
{
	struct sockaddr_un address;
	struct stat info;
	if (socket_address(zygote->run_dir, &address, error) < 0)
		return -1;
	if (lstat(zygote->run_dir, &info) < 0 || !S_ISDIR(info.st_mode) || info.st_uid != geteuid() ||
	    info.st_mode & 077)
		return fail_plain(error, FAIL_INTERNAL, "the run directory %.150s must be ours alone (mode 0700)",
				  zygote->run_dir);
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.4000s/zygote.lock", zygote->run_dir);
	/* Held by the process, not by its copies: monitors must not keep the next zygote out. Never closed. */
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0)
		return fail(error, FAIL_INTERNAL, "opening %.150s", path);
	for (int attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
		if (fcntl(lock, F_SETLK, &(struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET }) == 0)
			return 1;
		autoclose int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (probe >= 0 && connect(probe, (struct sockaddr *)&address, sizeof address) == 0)
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = CLAIM_PAUSE_NS }, NULL);
	}
	return fail_plain(error, FAIL_INTERNAL, "another launcher holds %.150s and does not answer", zygote->run_dir);
}

static int listen_at(const char *run_dir, struct error *error)
{
	struct sockaddr_un address;
	if (socket_address(run_dir, &address, error) < 0)
		return -1;
	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return fail(error, FAIL_INTERNAL, "making a socket");
	if (unlink(address.sun_path) < 0 && errno != ENOENT)
		return fail(error, FAIL_INTERNAL, "removing %s", address.sun_path);
	mode_t mask = umask(0177);
	int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(mask);
	if (bound < 0 || listen(fd, 512) < 0)
		return fail(error, FAIL_INTERNAL, "listening on %s", address.sun_path);
	return take_fd(&fd);
}

/*
 * The processes that have connected, so that a zygote which nobody will ask again can end by itself. An engine that is
 * restarted within the grace finds it (and, when rootless, its namespaces) still there.
 */
#define ENGINES_MAX 16
#define IDLE_GRACE_SECONDS 60
#define IDLE_CHECK_MS 10000

struct engine {
	pid_t pid;
	int pidfd;
};
static struct engine engines[ENGINES_MAX];

static bool is_alive(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	return poll(&ended, 1, 0) == 0;
}

static void remember_engine(pid_t pid)
{
	struct engine *place = NULL;
	for (unsigned i = 0; i < ENGINES_MAX; i++) {
		if (engines[i].pid != 0 && !is_alive(engines[i].pidfd)) {
			close(engines[i].pidfd);
			engines[i].pid = 0;
		}
		if (engines[i].pid == pid)
			return;
		if (engines[i].pid == 0 && !place)
			place = &engines[i];
	}
	if (!place)
		return;
	place->pidfd = sys_pidfd_open(pid);
	place->pid = place->pidfd < 0 ? 0 : pid;
}

static bool engine_alive(void)
{
	for (unsigned i = 0; i < ENGINES_MAX; i++)
		if (engines[i].pid != 0 && is_alive(engines[i].pidfd))
			return true;
	return false;
}

/* True when no child is left. */
static bool reap(void)
{
	pid_t pid;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		;
	return pid < 0;
}

/* Rootless, a child may also be the guard of a helper, which waits for us in its turn. */
static bool in_use(const struct zygote *zygote)
{
	bool alone = reap();
	return zygote->rootless ? rootless_any_monitor(zygote->run_dir) : !alone;
}

static time_t seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/*
 * A worker that was forked before anybody asked: the next connection is passed to it, so that nobody waits for a fork
 * (a millisecond or two where page tables are shadowed). There is one only while an engine lives, so that it never keeps
 * an idle zygote from its end. It is made in a pause: right after a connection it would take the processor from the one
 * that serves it.
 */
#define SPARE_PAUSE_MS 3
static int spare = -1; /* our end of its socket; -1: none */

static void leave_zygote(struct zygote *zygote, int signals)
{
	close(zygote->listener);
	close(signals);
	for (unsigned i = 0; i < ENGINES_MAX; i++)
		if (engines[i].pid != 0)
			close(engines[i].pidfd);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Waits for its connection; a zygote that ends first takes it along. */
static _Noreturn void spare_run(struct zygote *zygote, int socket)
{
	char word;
	int connection;
	prctl(PR_SET_NAME, "berth-spare");
	if (receive_message(socket, &word, sizeof word, &connection) != sizeof word || connection < 0)
		_exit(0);
	close(socket);
	prctl(PR_SET_NAME, "berth-zygote");
	worker_run(zygote, connection);
}

static void spare_make(struct zygote *zygote, int signals)
{
	int ends[2];
	/* Without one, everything works as with one, only later. */
	if (spare >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		leave_zygote(zygote, signals);
		spare_run(zygote, ends[1]);
	}
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	else
		spare = ends[0];
}

/* False when there is none, or it was killed. */
static bool spare_take(int connection)
{
	if (spare < 0)
		return false;
	bool taken = send_message(spare, &(char){ 'C' }, 1, connection) == 0;
	close_fd(&spare);
	return taken;
}

static void accept_one(struct zygote *zygote, int signals)
{
	int connection = accept4(zygote->listener, NULL, NULL, SOCK_CLOEXEC);
	if (connection < 0)
		return;
	struct ucred peer;
	socklen_t size = sizeof peer;
	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    (peer.uid != 0 && peer.uid != getuid())) {
		close(connection);
		return;
	}
	remember_engine(peer.pid);
	crash_point("zygote-accepted");
	if (!spare_take(connection) && fork() == 0) {
		leave_zygote(zygote, signals);
		worker_run(zygote, connection);
	}
	close(connection);
}

static void stop_listening(struct zygote *zygote)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.4000s/zygote.sock", zygote->run_dir);
	unlink(path);
	close_fd(&zygote->listener);
}

int zygote_run(struct zygote *zygote)
{
	struct error error;
	zygote->pid = getpid();
	crash_points_open(zygote->run_dir);
	zygote->listener = listen_at(zygote->run_dir, &error);
	if (zygote->listener < 0) {
		dprintf(STDERR_FILENO, "berth-launcher: %s\n", error.msg);
		return 1;
	}
	/* Whoever started us waits for the end of these streams as the sign that the socket is there. */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		return 1;
	close(null);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGPIPE, SIG_IGN);
	sigset_t watched;
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGHUP);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	autoclose int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	for (time_t needed = seconds();;) {
		struct pollfd polls[] = { { .fd = zygote->listener, .events = POLLIN },
					  { .fd = signals, .events = POLLIN } };
		bool engine = engine_alive();
		if (!engine)
			close_fd(&spare);
		int ready = poll(polls, COUNT_OF(polls), engine && spare < 0 ? SPARE_PAUSE_MS : IDLE_CHECK_MS);
		if (ready < 0 && errno != EINTR)
			return 1;
		if (ready == 0 && engine)
			spare_make(zygote, signals);
		if (ready > 0 || engine || in_use(zygote))
			needed = seconds();
		if (seconds() - needed >= IDLE_GRACE_SECONDS) {
			stop_listening(zygote);
			return 0;
		}
		struct signalfd_siginfo info;
		while (read(signals, &info, sizeof info) == sizeof info) {
			if (info.ssi_signo == SIGCHLD) {
				reap();
			} else if (info.ssi_signo == SIGTERM) {
				stop_listening(zygote);
				return 0;
			}
		}
		if (polls[0].revents)
			accept_one(zygote, signals);
	}
}
