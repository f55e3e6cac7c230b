#include "layer.h"
#include <fcntl.h>
struct tar_options { const int *parents; size_t parent_count; bool user_xattr; bool skip_devices; bool keep_owner; uint64_t max_bytes; uint64_t max_entries; };
struct tar_result { uint64_t size; uint64_t entries; size_t warning_count; char warnings[16][256]; };
int tar_apply(int in_fd, int dest_dirfd, const struct tar_options *options, struct tar_result *result, struct error *err);
int layer_apply(int connection, struct reader *reader, bool rootless, struct error *error)
{
	const char *dest = read_string(reader);
	struct strings parents = read_strings(reader);
	if (!reader_done(reader)) return fail_plain(error, FAIL_INTERNAL, "malformed request");
	int *fds = calloc(parents.count + 1, sizeof *fds);
	for (uint32_t i = 0; i < parents.count; i++) fds[i] = open(parents.items[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) return fail(error, FAIL_INTERNAL, "opening %.100s", dest);
	struct tar_options options = { .parents = fds, .parent_count = parents.count, .user_xattr = rootless, .skip_devices = rootless };
	static struct tar_result result;
	if (tar_apply(connection, fd, &options, &result, error) < 0) return -1;
	struct builder builder;
	build_start(&builder, ANSWER_LAYER);
	build_u64(&builder, result.size); build_u64(&builder, result.entries);
	build_u32(&builder, 0);
	answer_send(connection, &builder);
	_exit(0);
}
