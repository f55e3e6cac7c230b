#include "layer.h"

#include "crash.h"
#include "tar.h"

#include <sys/stat.h>

static int apply(const struct zygote *zygote, int connection, const char *destination, const struct strings *parents,
		 struct tar_result *result, struct error *error)
{
	autofree int *parent_fds = calloc((size_t)parents->count + 1, sizeof *parent_fds);
	autoclose int target = open(destination, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (!parent_fds)
		return fail(error, FAIL_INTERNAL, "memory for a layer");
	if (target < 0)
		return fail(error, FAIL_INTERNAL, "opening %.150s", destination);
	for (uint32_t i = 0; i < parents->count; i++) {
		/* Closed by the end of this process. */
		parent_fds[i] = open(parents->items[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (parent_fds[i] < 0)
			return fail(error, FAIL_INTERNAL, "opening %.150s", parents->items[i]);
	}
	struct tar_options options = {
		.parents = parent_fds,
		.parent_count = parents->count,
		.user_xattr = zygote->rootless,
		.skip_devices = zygote->rootless,
		.keep_owner = zygote->mapped_ids == 1,
	};
	umask(0);
	crash_point("layer-opened");
	int applied = tar_apply(connection, target, &options, result, error);
	crash_point("layer-applied");
	return applied;
}

void layer_apply(const struct zygote *zygote, int connection, const char *destination, const struct strings *parents)
{
	static struct tar_result result;
	struct error error = { .kind = FAIL_INTERNAL };
	struct builder builder;
	if (apply(zygote, connection, destination, parents, &result, &error) < 0) {
		build_error(&builder, &error);
	} else {
		build_start(&builder, ANSWER_LAYER);
		build_u64(&builder, result.size);
		build_u64(&builder, result.entries);
		build_u32(&builder, (uint32_t)result.warning_count);
		for (size_t i = 0; i < result.warning_count; i++)
			build_string(&builder, result.warnings[i]);
	}
	answer_send(connection, &builder);
	leave_drained(connection);
}
