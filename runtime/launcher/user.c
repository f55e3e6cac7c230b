#include "user.h"

#include "paths.h"

#include <sys/stat.h>

/* A passwd file of 100,000 users is about 5 MiB; anything far over that is an attack on memory or time. */
#define ACCOUNT_FILE_MAX (16 << 20)
/* Ids above are refused: uid_t -1 and its neighbours have special meanings, and a wrap would end at root. */
#define ID_MAX 0x7fffffffu

/* Decimal digits only, the whole string. */
static bool parse_id(const char *text, uint32_t *id)
{
	uint64_t value = 0;
	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > ID_MAX)
			return false;
	}
	*id = (uint32_t)value;
	return true;
}

static bool all_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/*
 * Reads a whole account file. A container may put a FIFO, a device or a link there: only a regular file of a bounded
 * size is read, and the open never blocks. NULL with an empty size when the file is missing or not acceptable.
 */
static char *load_file(int root_fd, const char *path)
{
	autoclose int fd = open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size > ACCOUNT_FILE_MAX)
		return NULL;
	size_t size = (size_t)info.st_size;
	char *text = malloc(size + 1);
	if (!text)
		return NULL;
	size_t done = 0;
	while (done < size) {
		ssize_t n = RETRY(read(fd, text + done, size - done));
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	text[done] = '\0';
	return text;
}

/* Cuts the next line off, and it into fields at colons. Missing fields are empty. */
static bool next_entry(char **cursor, char *fields[], unsigned count)
{
	static char empty[1];
	char *line = *cursor;
	if (!line || !*line)
		return false;
	char *end = strchr(line, '\n');
	if (end) {
		*end = '\0';
		*cursor = end + 1;
	} else {
		*cursor = line + strlen(line);
	}
	for (unsigned i = 0; i < count; i++) {
		fields[i] = line ? line : empty;
		if (line) {
			char *colon = strchr(line, ':');
			if (colon)
				*colon = '\0';
			line = colon ? colon + 1 : NULL;
		}
	}
	return true;
}

static void add_group(struct identity *identity, gid_t gid)
{
	for (unsigned i = 0; i < identity->group_count; i++)
		if (identity->groups[i] == gid)
			return;
	if (identity->group_count < GROUPS_MAX)
		identity->groups[identity->group_count++] = gid;
}

/* Finds a group by name or number in the text of a group file (not kept: each search works on its own copy). */
static bool find_group(const char *file, const char *wanted, gid_t *gid)
{
	autofree char *copy = file ? strdup(file) : NULL;
	char *cursor = copy, *fields[4];
	uint32_t id;
	while (next_entry(&cursor, fields, COUNT_OF(fields)))
		if ((!strcmp(fields[0], wanted) || !strcmp(fields[2], wanted)) && parse_id(fields[2], &id)) {
			*gid = id;
			return true;
		}
	if (parse_id(wanted, &id)) {
		*gid = id;
		return true;
	}
	return false;
}

static void add_memberships(const char *file, const char *user, struct identity *identity)
{
	autofree char *copy = file ? strdup(file) : NULL;
	char *cursor = copy, *fields[4];
	uint32_t id;
	while (next_entry(&cursor, fields, COUNT_OF(fields))) {
		if (!parse_id(fields[2], &id))
			continue;
		char *rest = NULL;
		for (char *member = strtok_r(fields[3], ",", &rest); member; member = strtok_r(NULL, ",", &rest))
			if (!strcmp(member, user))
				add_group(identity, id);
	}
}

static int find_user(const char *file, const char *wanted, struct identity *identity, char name[256],
		     struct error *error)
{
	autofree char *copy = file ? strdup(file) : NULL;
	char *cursor = copy, *fields[7];
	uint32_t uid, gid;
	while (next_entry(&cursor, fields, COUNT_OF(fields))) {
		if (strcmp(fields[0], wanted) != 0 && strcmp(fields[2], wanted) != 0)
			continue;
		if (!parse_id(fields[2], &uid) || !parse_id(fields[3], &gid))
			continue;
		identity->uid = uid;
		identity->gid = gid;
		snprintf(identity->home, sizeof identity->home, "%s", fields[5]);
		snprintf(name, 256, "%s", fields[0]);
		return 0;
	}
	if (parse_id(wanted, &uid)) {
		identity->uid = uid;
		return 0;
	}
	if (all_digits(wanted))
		return fail_plain(error, FAIL_BAD_USER, "uids and gids must be in range 0-%u: %.40s", ID_MAX, wanted);
	return fail_plain(error, FAIL_BAD_USER, "unable to find user %.60s: no matching entries in passwd file",
			  wanted);
}

static int group_error(const char *group, struct error *error)
{
	if (all_digits(group))
		return fail_plain(error, FAIL_BAD_USER, "uids and gids must be in range 0-%u: %.40s", ID_MAX, group);
	return fail_plain(error, FAIL_BAD_USER, "unable to find group %.60s: no matching entries in group file", group);
}

int lookup_user(int root_fd, const char *spec, const struct strings *additional, struct identity *identity,
		struct error *error)
{
	*identity = (struct identity){ 0 };
	autofree char *users = load_file(root_fd, "/etc/passwd");
	autofree char *groups = load_file(root_fd, "/etc/group");
	autofree char *user = strdup(spec);
	if (!user)
		return fail(error, FAIL_INTERNAL, "memory for a user name");
	char *group = strchr(user, ':');
	if (group)
		*group++ = '\0';
	char name[256] = "";
	if (find_user(users, *user ? user : "0", identity, name, error) < 0)
		return -1;
	if (group && *group) {
		if (!find_group(groups, group, &identity->gid))
			return group_error(group, error);
		add_group(identity, identity->gid);
	} else {
		/* The primary group is part of the list: a process without it could pass "deny this group" modes. */
		add_group(identity, identity->gid);
		if (name[0])
			add_memberships(groups, name, identity);
	}
	for (uint32_t i = 0; i < additional->count; i++) {
		gid_t gid;
		if (!find_group(groups, additional->items[i], &gid))
			return group_error(additional->items[i], error);
		add_group(identity, gid);
	}
	if (identity->home[0] == '\0')
		strcpy(identity->home, "/");
	return 0;
}
