/* Frames of the launcher's stream protocol; README.md describes them, wire.ts is the other side. */
#ifndef BERTH_PROTO_H
#define BERTH_PROTO_H

#include "common.h"

#define PROTOCOL_VERSION 4u
#define PROTOCOL_MAGIC 0x48545242u /* "BRTH" */
/* A plan with 128 layers, a few hundred mounts and 1 MiB of environment fits well. */
#define FRAME_MAX (4u << 20)
/* What a monitor takes: everything after the plan is a few bytes. */
#define FRAME_MAX_CONTROL 256u
#define FRAME_HEADER 5u

enum request {
	REQUEST_HELLO = 1,
	REQUEST_LAUNCH = 2,
	REQUEST_EXEC = 3,
	REQUEST_GO = 4,
	REQUEST_KILL = 5,
	REQUEST_RESIZE = 6,
	REQUEST_PAUSE = 7,
	REQUEST_RESUME = 8,
	REQUEST_ATTACH = 9,
	REQUEST_CONTROL = 10,
	REQUEST_APPLY_LAYER = 11,
	REQUEST_REMOVE_TREE = 12,
	REQUEST_MAKE_DIRECTORY = 13,
	REQUEST_ENSURE_BRIDGE = 14,
	REQUEST_REMOVE_INTERFACE = 15,
	REQUEST_RUN_HELPER = 16,
	REQUEST_SHUTDOWN = 17,
	/* Between launchers only: a restarted zygote asks a monitor for the descriptors of their namespaces. */
	REQUEST_NAMESPACES = 18,
	REQUEST_REMOVE_CGROUPS = 19,
	REQUEST_UPDATE_CGROUPS = 100,
	REQUEST_SPREAD_SUBDIRECTORIES = 101,
	REQUEST_ENSURE_PARENT = 102,
	/* Files of containers and volumes (storage.c). */
	REQUEST_STAT = 80,
	REQUEST_ARCHIVE = 81,
	REQUEST_EXTRACT = 82,
	REQUEST_CHANGES = 83,
	REQUEST_LAYER = 84,
	REQUEST_USAGE = 85,
	REQUEST_FILL = 86,
	REQUEST_FLATTEN = 87,
	REQUEST_PROBE_OVERLAY = 88,
	REQUEST_TIDY = 89,
	REQUEST_RELABEL = 103,
	REQUEST_SWEEP_BRIDGES = 60,
	REQUEST_REMOVE_OWN_BRIDGE = 61,
	REQUEST_CONNECT_ENDPOINT = 62,
	REQUEST_DISCONNECT_ENDPOINT = 63,
	REQUEST_START_RESOLVER = 64,
	REQUEST_RETARGET = 75,
};

enum answer {
	ANSWER_HELLO = 65,
	ANSWER_OK = 66,
	ANSWER_ERROR = 67,
	ANSWER_CREATED = 68,
	ANSWER_STARTED = 69,
	ANSWER_EXIT = 70,
	ANSWER_ATTACHED = 71,
	ANSWER_LAYER = 72,
	ANSWER_HELPER = 73,
	ANSWER_PLACE = 90,
	ANSWER_USAGE = 91,
};

/* One received request: the payload stays mapped as long as decoded strings point into it. */
struct frame {
	uint8_t type;
	uint32_t size;
	uint8_t *payload;
};

/* Blocking: reads one frame. The payload is freed with frame_free. */
int frame_read(int fd, struct frame *frame, uint32_t max, struct error *error);
void frame_free(struct frame *frame);

/* A frame being built; `overflow` instead of an error at each step. */
struct builder {
	uint8_t bytes[8192];
	size_t size;
	bool overflow;
};
void build_start(struct builder *builder, uint8_t type);
void build_u8(struct builder *builder, uint8_t value);
void build_u16(struct builder *builder, uint16_t value);
void build_u32(struct builder *builder, uint32_t value);
void build_u64(struct builder *builder, uint64_t value);
void build_string(struct builder *builder, const char *text);
void build_warnings(struct builder *builder, const struct warnings *warnings);
/* Sets the length; the frame is bytes[0..size). */
void build_finish(struct builder *builder);

/* Finishes and writes to a blocking socket. */
int answer_send(int fd, struct builder *builder);
int answer_error(int fd, const struct error *error);
int answer_ok(int fd);
/*
 * Ends this process when the other side has nothing more to say: a socket that is closed with unread bytes, or before they
 * are sent, is broken for the one who sends, and the answer could be lost with it.
 */
_Noreturn void leave_drained(int fd);
void build_error(struct builder *builder, const struct error *error);

/*
 * Reads fixed-width integers and strings out of a payload in place. A string is u32 length, bytes, and one NUL that is
 * not counted, so that it can be used where it lies. The first thing that does not fit sets `bad`; later reads give 0.
 */
struct reader {
	const uint8_t *cursor;
	const uint8_t *end;
	bool bad;
	/* Arrays made while decoding; freed together. */
	void *allocations;
};
struct strings {
	uint32_t count;
	const char **items; /* NULL at the end, as execve wants it */
};
void reader_init(struct reader *reader, const uint8_t *payload, size_t size);
void reader_free(struct reader *reader);
uint8_t read_u8(struct reader *reader);
bool read_bool(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
const char *read_string(struct reader *reader);
const uint8_t *read_bytes(struct reader *reader, uint32_t *size);
struct strings read_strings(struct reader *reader);
/* Reads a count and gives zeroed room for that many items; NULL (and bad) when the rest cannot hold them. */
void *read_array(struct reader *reader, uint32_t *count, size_t item_size);
/* Everything was read and nothing is left over. */
bool reader_done(const struct reader *reader);

#endif
