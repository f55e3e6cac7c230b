#include "storage.h"

#include "archive.h"
#include "fill.h"
#include "flatten.h"
#include "mount-steps.h"
#include "overlay.h"
#include "paths.h"
#include "relabel.h"
#include "tar.h"
#include "tidy.h"
#include "tree.h"
#include "user.h"
#include "view.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

/* What follows a stream that is whole; one that was cut off does not end so. */
static const char STREAM_END[] = "BERTHEND";

/* A place in a view: the directory that holds it, its name there, and the thing itself. */
struct place {
	int parent;
	char name[NAME_MAX + 1];
	int fd;
	struct stat info;
};

static int not_there(struct error *error, const char *path)
{
	return fail(error, FAIL_INTERNAL, "%.200s", path);
}

/* A path that ends in a slash or "/." means the directory, also behind a link; else the last part is not followed. */
static int find_place(const struct entered *view, const char *path, struct place *place, struct error *error)
{
	size_t length = strlen(path);
	place->parent = place->fd = -1;
	bool directory = path[length - 1] == '/' || (length > 1 && !strcmp(path + length - 2, "/."));
	if (directory) {
		place->parent = open_in_root(view->root, path, O_RDONLY | O_DIRECTORY);
		strcpy(place->name, ".");
	} else {
		char parent[PATH_MAX];
		const char *slash = strrchr(path, '/');
		if (length >= sizeof parent || strlen(slash + 1) > NAME_MAX) {
			errno = ENAMETOOLONG;
			return not_there(error, path);
		}
		snprintf(parent, sizeof parent, "%.*s/", (int)(slash - path), path);
		snprintf(place->name, sizeof place->name, "%s", slash + 1);
		place->parent = open_in_root(view->root, parent, O_PATH | O_DIRECTORY);
	}
	if (place->parent >= 0)
		place->fd = openat(place->parent, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place->fd < 0 || fstat(place->fd, &place->info) < 0)
		return not_there(error, path);
	return 0;
}

/* The answer STAT: what the thing is, where it is, and where it points to. */
static void build_place(struct builder *builder, uint8_t type, const struct entered *view, const char *path,
			const struct place *place)
{
	char text[PATH_MAX];
	build_start(builder, type);
	build_u32(builder, place->info.st_mode);
	build_u64(builder, (uint64_t)place->info.st_size);
	build_u64(builder, (uint64_t)place->info.st_mtim.tv_sec);
	build_u32(builder, (uint32_t)place->info.st_mtim.tv_nsec);
	build_string(builder, view_path_of(view, place->parent, text) == 0 ? text : "");
	/* A link: as it stands, and where it ends; '' when it ends nowhere. */
	ssize_t n = S_ISLNK(place->info.st_mode) ? readlinkat(place->parent, place->name, text, sizeof text - 1) : 0;
	text[n < 0 ? 0 : n] = '\0';
	build_string(builder, text);
	autoclose int end = n > 0 ? open_in_root(view->root, path, O_PATH) : -1;
	build_string(builder, end >= 0 && view_path_of(view, end, text) == 0 ? text : "");
}

static const char *read_path(struct reader *reader)
{
	const char *path = read_string(reader);
	if (path[0] != '/')
		reader->bad = true;
	return path;
}

static int malformed(struct error *error)
{
	return fail_plain(error, FAIL_INTERNAL, "malformed request");
}

static int serve_stat(int connection, struct reader *reader, struct error *error)
{
	struct view view;
	struct entered entered;
	struct place place;
	decode_view(reader, &view);
	const char *path = read_path(reader);
	if (!reader_done(reader))
		return malformed(error);
	if (view_enter(&view, &entered, error) < 0 || find_place(&entered, path, &place, error) < 0)
		return -1;
	struct builder builder;
	build_place(&builder, ANSWER_PLACE, &entered, path, &place);
	return answer_send(connection, &builder);
}

/* After the answer a stream follows; a failure in the middle of it can only be told by its missing end. */
static _Noreturn void end_stream(int connection, int result)
{
	if (result == 0)
		write_full(connection, STREAM_END, sizeof STREAM_END - 1);
	_exit(result != 0);
}

static int serve_archive(int connection, struct reader *reader, struct error *error)
{
	struct view view;
	struct entered entered;
	struct place place;
	decode_view(reader, &view);
	const char *path = read_path(reader);
	const char *name = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	if (view_enter(&view, &entered, error) < 0 || find_place(&entered, path, &place, error) < 0)
		return -1;
	struct builder builder;
	build_place(&builder, ANSWER_PLACE, &entered, path, &place);
	if (answer_send(connection, &builder) < 0)
		return -1;
	struct archive_options options = { .name = name, .lower = -1, .container_root = entered.root };
	end_stream(connection, archive_write(connection, place.parent, place.name, &options, error));
}

static int extract(const struct zygote *zygote, int connection, struct reader *reader, struct error *error)
{
	static struct tar_result result;
	struct view view;
	struct entered entered;
	char base[PATH_MAX];
	decode_view(reader, &view);
	const char *path = read_path(reader);
	struct tar_options options = {
		.base = base,
		.keep_kinds = read_bool(reader),
		.skip_devices = zygote->rootless,
		.keep_owner = zygote->mapped_ids == 1,
	};
	const char *user = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	if (view_enter(&view, &entered, error) < 0)
		return -1;
	autoclose int target = open_in_root(entered.root, path, O_PATH);
	struct stat info;
	struct statvfs filesystem;
	if (target < 0 || fstat(target, &info) < 0 || fstatvfs(target, &filesystem) < 0 ||
	    view_path_of(&entered, target, base) < 0)
		return not_there(error, path);
	errno = S_ISDIR(info.st_mode) ? EROFS : ENOTDIR;
	if (!S_ISDIR(info.st_mode) || filesystem.f_flag & ST_RDONLY)
		return not_there(error, base);
	/* Relative to the root, and "" for the root itself. */
	memmove(base, base + 1, strlen(base));
	struct identity identity;
	struct strings none = { 0 };
	if (user[0]) {
		if (lookup_user(entered.root, user, &none, &identity, error) < 0)
			return -1;
		options.has_owner = true;
		options.uid = identity.uid;
		options.gid = identity.gid;
	}
	return tar_apply(connection, entered.root, &options, &result, error);
}

static _Noreturn void serve_extract(const struct zygote *zygote, int connection, struct reader *reader)
{
	struct error error = { .kind = FAIL_INTERNAL };
	if (extract(zygote, connection, reader, &error) < 0)
		answer_error(connection, &error);
	else
		answer_ok(connection);
	leave_drained(connection);
}

/* The upper directory of a container and the layers below it, for `diff` and `commit`. */
static int open_difference(struct reader *reader, int *upper, int *lower, bool *complete, struct error *error)
{
	struct strings layers = read_strings(reader);
	const char *path = read_string(reader);
	*complete = read_bool(reader);
	if (!reader_done(reader) || layers.count == 0)
		return malformed(error);
	*upper = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*upper < 0)
		return not_there(error, path);
	*lower = rootfs_open_lower(&layers, error);
	return *lower < 0 ? -1 : 0;
}

static int serve_changes(int connection, struct reader *reader, struct error *error)
{
	int upper, lower;
	bool complete;
	if (open_difference(reader, &upper, &lower, &complete, error) < 0 || answer_ok(connection) < 0)
		return -1;
	end_stream(connection, overlay_changes(connection, upper, lower, complete, error));
}

static int serve_layer(int connection, struct reader *reader, struct error *error)
{
	int upper, lower;
	bool complete;
	if (open_difference(reader, &upper, &lower, &complete, error) < 0 || answer_ok(connection) < 0)
		return -1;
	struct archive_options options = { .name = "", .lower = lower, .complete = complete, .container_root = -1 };
	end_stream(connection, archive_write(connection, upper, ".", &options, error));
}

static int answer_usage(int connection, const char *path, struct error *error)
{
	uint64_t bytes = 0;
	if (tree_usage(path, &bytes, error) < 0)
		return -1;
	struct builder builder;
	build_start(&builder, ANSWER_USAGE);
	build_u64(&builder, bytes);
	return answer_send(connection, &builder);
}

static int serve_usage(int connection, struct reader *reader, struct error *error)
{
	const char *path = read_string(reader);
	return reader_done(reader) ? answer_usage(connection, path, error) : malformed(error);
}

static int serve_tidy(int connection, struct reader *reader, struct error *error)
{
	struct strings layers = read_strings(reader);
	const char *path = read_string(reader);
	struct strings stubs = read_strings(reader);
	if (!reader_done(reader) || layers.count == 0)
		return malformed(error);
	autoclose int upper = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (upper < 0)
		return not_there(error, path);
	autoclose int lower = rootfs_open_lower(&layers, error);
	if (lower < 0 || overlay_tidy(upper, lower, &stubs, error) < 0)
		return -1;
	return answer_usage(connection, path, error);
}

static int serve_fill(int connection, struct reader *reader, struct error *error)
{
	struct view view;
	struct entered entered;
	uint32_t count;
	decode_view(reader, &view);
	struct mount_step *volumes = decode_mount_steps(reader, &count);
	if (!reader_done(reader))
		return malformed(error);
	/* The volumes are opened while the host's tree is there, and only then is the container's entered. */
	autofree int *fds = calloc((size_t)count + 1, sizeof *fds);
	if (!fds)
		return fail(error, FAIL_INTERNAL, "memory for volumes");
	for (uint32_t i = 0; i < count; i++) {
		fds[i] = rootfs_open_source(&volumes[i], error);
		if (fds[i] < 0)
			return -1;
	}
	if (view_enter(&view, &entered, error) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		if (fill_volume(entered.root, volumes[i].destination, fds[i], error) < 0)
			return -1;
	return answer_ok(connection);
}

/* Sources of binds, each with the label of its files. */
static int serve_relabel(int connection, struct reader *reader, struct error *error)
{
	uint32_t count;
	struct mount_step *steps = decode_mount_steps(reader, &count);
	struct strings labels = read_strings(reader);
	if (!reader_done(reader) || labels.count != count)
		return malformed(error);
	for (uint32_t i = 0; i < count; i++) {
		autoclose int source = mount_open_bind_source(&steps[i]);
		if (source < 0)
			return fail(error, FAIL_BAD_MOUNT, "opening the mount source %.150s", steps[i].source);
		if (relabel_tree(source, labels.items[i]) < 0)
			return fail(error, FAIL_BAD_LABEL, "error setting label on mount source '%.150s'", steps[i].source);
	}
	return answer_ok(connection);
}

static int serve_flatten(int connection, struct reader *reader, struct error *error)
{
	struct strings layers = read_strings(reader);
	const char *target = read_string(reader);
	if (!reader_done(reader))
		return malformed(error);
	return flatten_layers(&layers, target, error) < 0 ? -1 : answer_ok(connection);
}

static int serve_probe(int connection, struct reader *reader, struct error *error)
{
	const char *place = read_path(reader);
	if (!reader_done(reader))
		return malformed(error);
	return flatten_probe_overlay(place, error) < 0 ? -1 : answer_ok(connection);
}

bool storage_serve(const struct zygote *zygote, int connection, const struct frame *frame, struct reader *reader)
{
	struct error error = { 0 };
	int result = 0;
	switch (frame->type) {
	case REQUEST_STAT:
		result = serve_stat(connection, reader, &error);
		break;
	case REQUEST_ARCHIVE:
		result = serve_archive(connection, reader, &error);
		break;
	case REQUEST_EXTRACT:
		serve_extract(zygote, connection, reader);
	case REQUEST_CHANGES:
		result = serve_changes(connection, reader, &error);
		break;
	case REQUEST_LAYER:
		result = serve_layer(connection, reader, &error);
		break;
	case REQUEST_USAGE:
		result = serve_usage(connection, reader, &error);
		break;
	case REQUEST_TIDY:
		result = serve_tidy(connection, reader, &error);
		break;
	case REQUEST_FILL:
		result = serve_fill(connection, reader, &error);
		break;
	case REQUEST_RELABEL:
		result = serve_relabel(connection, reader, &error);
		break;
	case REQUEST_FLATTEN:
		result = serve_flatten(connection, reader, &error);
		break;
	case REQUEST_PROBE_OVERLAY:
		result = serve_probe(connection, reader, &error);
		break;
	default:
		return false;
	}
	if (result < 0)
		answer_error(connection, &error);
	return true;
}
