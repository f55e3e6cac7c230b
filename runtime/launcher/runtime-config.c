#include "runtime-config.h"

#include <sys/stat.h>

static void write_text(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(file, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(file, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, file);
	}
}

static bool has_home(const struct strings *env)
{
	for (uint32_t i = 0; i < env->count; i++)
		if (!strncmp(env->items[i], "HOME=", 5))
			return true;
	return false;
}

static void write_config(FILE *file, const struct launch_plan *plan, const struct identity *identity)
{
	const struct strings *parts = &plan->runtime_config;
	fprintf(file, "%s{\"uid\":%u,\"gid\":%u,\"umask\":%u,\"additionalGids\":[", parts->items[0], identity->uid,
		identity->gid, plan->process.umask);
	for (unsigned i = 0; i < identity->group_count; i++)
		fprintf(file, "%s%u", i ? "," : "", identity->groups[i]);
	fprintf(file, "]}%s", parts->items[1]);
	if (!has_home(&plan->process.env)) {
		fprintf(file, "%s\"HOME=", plan->process.env.count ? "," : "");
		write_text(file, identity->home);
		fputc('"', file);
	}
	fputs(parts->items[2], file);
}

int runtime_write_config(const struct launch_plan *plan, const struct identity *identity, int bundle,
			 struct error *error)
{
	int fd = openat(bundle, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file) {
		close_fd(&fd);
		return fail(error, FAIL_INTERNAL, "making config.json");
	}
	write_config(file, plan, identity);
	bool whole = !ferror(file);
	return fclose(file) != 0 || !whole ? fail(error, FAIL_INTERNAL, "writing config.json") : 0;
}

/* The string that begins at `text`, up to its closing quote, with the escapes that people read undone. */
static void read_string_into(const char *text, char *out, size_t size)
{
	size_t used = 0;
	for (; *text && *text != '"' && used + 1 < size; text++) {
		if (*text == '\\' && text[1]) {
			text++;
			out[used++] = *text == 'n' || *text == 't' ? ' ' : *text;
		} else {
			out[used++] = *text;
		}
	}
	out[used] = '\0';
}

static enum failure kind_of(const char *message)
{
	static const struct {
		const char *first, *second;
		enum failure kind;
	} kinds[] = {
		{ "executable file", "not found", FAIL_COMMAND_NOT_FOUND },
		{ "exec", "no such file or directory", FAIL_COMMAND_NOT_FOUND },
		{ "open executable", "No such file", FAIL_COMMAND_NOT_FOUND },
		{ "exec", "ermission denied", FAIL_COMMAND_NOT_EXECUTABLE },
		{ "exec", "is a directory", FAIL_COMMAND_NOT_EXECUTABLE },
		{ "cwd", "", FAIL_BAD_CWD },
	};
	for (unsigned i = 0; i < COUNT_OF(kinds); i++)
		if (strstr(message, kinds[i].first) && strstr(message, kinds[i].second))
			return kinds[i].kind;
	return FAIL_INTERNAL;
}

/* As much of the end of the log as is looked at. */
#define LOG_END 8192

int runtime_read_failure(int bundle, struct error *error)
{
	char text[LOG_END + 1], message[240] = "";
	struct stat info;
	autoclose int fd = openat(bundle, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && fstat(fd, &info) == 0) {
		off_t from = info.st_size > LOG_END ? info.st_size - LOG_END : 0;
		ssize_t size = pread(fd, text, LOG_END, from);
		text[size > 0 ? size : 0] = '\0';
		static const char key[] = "\"msg\":";
		for (char *at = strstr(text, key); at; at = strstr(at + 1, key)) {
			char *quote = strchr(at + sizeof key - 1, '"');
			if (quote)
				read_string_into(quote + 1, message, sizeof message);
		}
	}
	if (message[0] == '\0')
		return fail_plain(error, FAIL_INTERNAL, "the runtime ended without a word");
	return fail_plain(error, kind_of(message), "%s", message);
}
