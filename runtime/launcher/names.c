#include "names.h"

#include <arpa/inet.h>

/* A table of 100,000 names; the engine writes none that is larger. */
#define TABLE_MAX (16u << 20)

/* The words of one line. `rest` holds those after the first, separated by single spaces. */
struct name_line {
	const char *word;
	const char *rest;
};

static void forget(struct name_file *file)
{
	free(file->text);
	free(file->names);
	free(file->reverses);
	file->text = NULL;
	file->names = file->reverses = NULL;
	file->suffix = NULL;
	file->name_count = file->reverse_count = 0;
}

static int by_word(const void *a, const void *b)
{
	return strcmp(((const struct name_line *)a)->word, ((const struct name_line *)b)->word);
}

/* True when the file is another than the one that was read. */
static bool changed(struct name_file *file, int *fd)
{
	struct stat now = { 0 };
	*fd = -1;
	if (stat(file->path, &now) == 0 && now.st_ino == file->seen.st_ino && now.st_size == file->seen.st_size &&
	    now.st_mtim.tv_sec == file->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == file->seen.st_mtim.tv_nsec)
		return false;
	*fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd < 0 || fstat(*fd, &file->seen) < 0)
		file->seen = (struct stat){ 0 };
	return *fd >= 0 || file->text;
}

/* Reads the whole file into `text`, which ends with a NUL. */
static bool slurp(struct name_file *file, int fd)
{
	size_t size = (size_t)file->seen.st_size, done = 0;
	char *text = S_ISREG(file->seen.st_mode) && size <= TABLE_MAX ? malloc(size + 1) : NULL;
	if (!text)
		return false;
	while (done < size) {
		ssize_t n = RETRY(read(fd, text + done, size - done));
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	text[done] = '\0';
	file->text = text;
	return true;
}

static char *cut(char *text, char at)
{
	char *found = strchr(text, at);
	if (found)
		*found++ = '\0';
	return found;
}

/* Calls `take` with the keyword and the two parts after it of every line that has them. */
static void each_line(struct name_file *file, void (*take)(void *, const char *, const char *, const char *), void *with)
{
	for (char *line = file->text, *next; line && *line; line = next) {
		next = cut(line, '\n');
		char *word = cut(line, ' ');
		char *rest = word ? cut(word, ' ') : NULL;
		take(with, line, word ? word : "", rest ? rest : "");
	}
}

static size_t line_count(const char *text)
{
	size_t count = 1;
	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static void index_line(void *with, const char *keyword, const char *word, const char *rest)
{
	struct name_file *file = with;
	if (!strcmp(keyword, "suffix"))
		file->suffix = word;
	else if (!strcmp(keyword, "name") || !strcmp(keyword, "alias"))
		file->names[file->name_count++] = (struct name_line){ word, rest };
	else if (!strcmp(keyword, "reverse"))
		file->reverses[file->reverse_count++] = (struct name_line){ word, rest };
}

/* True when there is new text, indexed or not at all. */
static bool refresh(struct name_file *file)
{
	int opened;
	if (!changed(file, &opened))
		return false;
	autoclose int fd = opened;
	forget(file);
	if (fd < 0 || !slurp(file, fd))
		return true;
	size_t lines = line_count(file->text);
	file->names = calloc(lines, sizeof *file->names);
	file->reverses = calloc(lines, sizeof *file->reverses);
	if (!file->names || !file->reverses)
		forget(file);
	return true;
}

static void finish(struct name_file *file)
{
	qsort(file->names, file->name_count, sizeof *file->names, by_word);
}

static void set_up_line(void *with, const char *keyword, const char *word, const char *rest)
{
	struct names *names = with;
	index_line(&names->own, keyword, word, rest);
	if (!strcmp(keyword, "host"))
		names->host = true;
	else if (!strcmp(keyword, "server") && names->server_count < NAMES_SERVERS_MAX)
		names->servers[names->server_count++] = word;
	else if (!strcmp(keyword, "network") && names->network_count < NAMES_NETWORKS_MAX)
		/* The text stays as long as the list. */
		names->networks[names->network_count++] = (struct name_file){ .path = word };
}

static void drop_networks(struct names *names)
{
	for (size_t i = 0; i < names->network_count; i++)
		forget(&names->networks[i]);
	names->network_count = names->server_count = 0;
	names->host = false;
}

void names_init(struct names *names, const char *path)
{
	memset(names, 0, sizeof *names);
	names->own.path = path;
}

void names_refresh(struct names *names)
{
	if (refresh(&names->own)) {
		drop_networks(names);
		if (names->own.text) {
			each_line(&names->own, set_up_line, names);
			finish(&names->own);
		}
	}
	for (size_t i = 0; i < names->network_count; i++) {
		struct name_file *file = &names->networks[i];
		if (refresh(file) && file->text) {
			each_line(file, index_line, file);
			finish(file);
		}
	}
}

static const struct name_line *look_up(const struct name_file *file, const char *name)
{
	struct name_line key = { .word = name };
	if (file->name_count == 0)
		return NULL;
	return bsearch(&key, file->names, file->name_count, sizeof key, by_word);
}

static void read_addresses(const char *list, struct name_address *found, size_t *count)
{
	while (*list && *count < NAMES_ANSWERS_MAX) {
		char text[64];
		size_t size = strcspn(list, " ");
		struct name_address *address = &found[*count];
		if (size < sizeof text) {
			memcpy(text, list, size);
			text[size] = '\0';
			address->family = strchr(text, ':') ? AF_INET6 : AF_INET;
			if (inet_pton(address->family, text, address->bytes) == 1)
				++*count;
		}
		list += size + (list[size] == ' ');
	}
}

/* `name.network`, as one network's name is a suffix of its own. */
static const struct name_line *look_up_qualified(const struct name_file *file, const char *name)
{
	char text[512];
	size_t size = strlen(name), suffix = file->suffix ? strlen(file->suffix) : 0;
	if (suffix == 0 || size < suffix + 2 || size >= sizeof text || strcmp(name + size - suffix, file->suffix) ||
	    name[size - suffix - 1] != '.')
		return NULL;
	memcpy(text, name, size - suffix - 1);
	text[size - suffix - 1] = '\0';
	return look_up(file, text);
}

bool names_find(const struct names *names, const char *name, struct name_address *found, size_t *count)
{
	const struct name_line *alias = look_up(&names->own, name);
	*count = 0;
	if (alias)
		name = alias->rest;
	for (size_t i = 0; i < names->network_count; i++) {
		const struct name_line *line = look_up(&names->networks[i], name);
		if (!line)
			line = look_up_qualified(&names->networks[i], name);
		if (!line)
			continue;
		read_addresses(line->rest, found, count);
		return true;
	}
	return false;
}

const char *names_reverse(const struct names *names, const uint8_t *bytes, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	if (!inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
		return NULL;
	for (size_t i = 0; i < names->network_count; i++)
		for (size_t k = 0; k < names->networks[i].reverse_count; k++)
			if (!strcmp(names->networks[i].reverses[k].word, text))
				return names->networks[i].reverses[k].rest;
	return NULL;
}
