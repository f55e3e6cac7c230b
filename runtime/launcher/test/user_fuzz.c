/* libFuzzer target: any bytes as the account files of an image, and as what is looked up in them. The input is three
 * parts with a zero byte between them: user, passwd file, group file.
 * Build: clang -std=gnu17 -D_GNU_SOURCE= -g -O1 -fsanitize=fuzzer,address,undefined user.c paths.c common.c
 *        test/user_fuzz.c -o user_fuzz
 * The environment variable FUZZ_DIRECTORY names a directory of its own, best on a tmpfs. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void write_file(int directory, const char *name, const uint8_t *bytes, size_t size)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	check(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

/* The root of an image, made once per process. */
static int root_directory(void)
{
	static int root = -1;
	char path[512];
	const char *base = getenv("FUZZ_DIRECTORY");
	if (root >= 0)
		return root;
	check(base != NULL);
	snprintf(path, sizeof path, "%s/%d", base, getpid());
	check(mkdir(path, 0700) == 0);
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(root >= 0 && mkdirat(root, "etc", 0700) == 0);
	return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *passwd = size == 0 ? NULL : memchr(data, 0, size);
	if (!passwd)
		return 0;
	char *user = strndup((const char *)data, size);
	size_t left = size - (size_t)(++passwd - data);
	const uint8_t *group = left == 0 ? NULL : memchr(passwd, 0, left);
	size_t passwd_size = group ? (size_t)(group - passwd) : left;
	int root = root_directory();
	write_file(root, "etc/passwd", passwd, passwd_size);
	write_file(root, "etc/group", group ? group + 1 : passwd, group ? left - passwd_size - 1 : 0);
	struct error error;
	static struct identity identity;
	/* The name also as a further group: those are looked up in the same file. */
	const char *more[] = { user, NULL };
	struct strings additional = { .count = 1, .items = more };
	struct strings none = { 0 };
	check(user != NULL);
	for (int round = 0; round < 2; round++)
		if (lookup_user(root, user, round == 0 ? &none : &additional, &identity, &error) == 0) {
			check(identity.uid <= INT32_MAX && identity.gid <= INT32_MAX);
			check(identity.group_count > 0 && identity.group_count <= GROUPS_MAX && identity.home[0]);
		}
	free(user);
	return 0;
}
