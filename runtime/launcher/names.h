/* The tables of names that the engine writes and a resolver answers from (README.md, "Names"). */
#ifndef BERTH_NAMES_H
#define BERTH_NAMES_H

#include "common.h"

#include <sys/stat.h>

/* More answers than any client uses; a name of more containers is answered with these many of them. */
#define NAMES_ANSWERS_MAX 128
#define NAMES_SERVERS_MAX 8
/* Networks of one container. */
#define NAMES_NETWORKS_MAX 128

struct name_address {
	int family;
	uint8_t bytes[16];
};

struct name_line;
/* One file, read again when it was replaced. */
struct name_file {
	const char *path;
	struct stat seen;
	char *text;
	const char *suffix;
	struct name_line *names; /* sorted */
	size_t name_count;
	struct name_line *reverses;
	size_t reverse_count;
};

struct names {
	/* Its names are aliases, for this container only. */
	struct name_file own;
	struct name_file networks[NAMES_NETWORKS_MAX];
	size_t network_count;
	const char *servers[NAMES_SERVERS_MAX];
	size_t server_count;
	bool host;
};

/* `path` must stay as long as `names`. */
void names_init(struct names *names, const char *path);
/* Takes in what has changed since the last call. A table that is missing is empty. */
void names_refresh(struct names *names);
/* True when the name is known; its addresses go to `found`. */
bool names_find(const struct names *names, const char *name, struct name_address *found, size_t *count);
/* The name an address (4 or 16 bytes) is answered with, or NULL. */
const char *names_reverse(const struct names *names, const uint8_t *bytes, size_t size);

#endif
