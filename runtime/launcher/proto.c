#include "proto.h"

#include <endian.h>

int frame_read(int fd, struct frame *frame, uint32_t max, struct error *error)
{
	uint8_t header[FRAME_HEADER];
	*frame = (struct frame){ 0 };
	if (read_full(fd, header, sizeof header) < 0)
		return fail(error, FAIL_INTERNAL, "reading a request");
	uint32_t size;
	memcpy(&size, header, sizeof size);
	size = le32toh(size);
	if (size > max)
		return fail_plain(error, FAIL_INTERNAL, "a request of %u bytes is over the limit of %u", size, max);
	uint8_t *payload = malloc((size_t)size + 1);
	if (!payload)
		return fail(error, FAIL_INTERNAL, "memory for a request of %u bytes", size);
	if (read_full(fd, payload, size) < 0) {
		free(payload);
		return fail(error, FAIL_INTERNAL, "reading a request");
	}
	payload[size] = 0;
	*frame = (struct frame){ .type = header[4], .size = size, .payload = payload };
	return 0;
}

void frame_free(struct frame *frame)
{
	free(frame->payload);
	frame->payload = NULL;
}

static void build_bytes(struct builder *builder, const void *bytes, size_t size)
{
	if (size > sizeof builder->bytes - builder->size) {
		builder->overflow = true;
		return;
	}
	memcpy(builder->bytes + builder->size, bytes, size);
	builder->size += size;
}

void build_start(struct builder *builder, uint8_t type)
{
	builder->size = FRAME_HEADER;
	builder->overflow = false;
	builder->bytes[4] = type;
}

void build_u8(struct builder *builder, uint8_t value)
{
	build_bytes(builder, &value, sizeof value);
}

void build_u16(struct builder *builder, uint16_t value)
{
	value = htole16(value);
	build_bytes(builder, &value, sizeof value);
}

void build_u32(struct builder *builder, uint32_t value)
{
	value = htole32(value);
	build_bytes(builder, &value, sizeof value);
}

void build_u64(struct builder *builder, uint64_t value)
{
	value = htole64(value);
	build_bytes(builder, &value, sizeof value);
}

void build_string(struct builder *builder, const char *text)
{
	size_t size = strlen(text);
	build_u32(builder, (uint32_t)size);
	build_bytes(builder, text, size + 1);
}

void build_warnings(struct builder *builder, const struct warnings *warnings)
{
	build_u32(builder, warnings->count);
	for (unsigned i = 0; i < warnings->count; i++)
		build_string(builder, warnings->text[i]);
}

void build_error(struct builder *builder, const struct error *error)
{
	build_start(builder, ANSWER_ERROR);
	build_u8(builder, (uint8_t)error->kind);
	build_u32(builder, (uint32_t)error->errno_);
	build_string(builder, error->msg);
}

void build_finish(struct builder *builder)
{
	uint32_t size = htole32((uint32_t)(builder->size - FRAME_HEADER));
	memcpy(builder->bytes, &size, sizeof size);
}

int answer_send(int fd, struct builder *builder)
{
	if (builder->overflow) {
		errno = EMSGSIZE;
		return -1;
	}
	build_finish(builder);
	return write_full(fd, builder->bytes, builder->size);
}

int answer_error(int fd, const struct error *error)
{
	struct builder builder;
	build_error(&builder, error);
	return answer_send(fd, &builder);
}

int answer_ok(int fd)
{
	struct builder builder;
	build_start(&builder, ANSWER_OK);
	return answer_send(fd, &builder);
}

void leave_drained(int fd)
{
	char bytes[65536];
	while (RETRY(read(fd, bytes, sizeof bytes)) > 0)
		;
	_exit(0);
}

/* ------------------------------------------------------------------------------------------------- reading */

void reader_init(struct reader *reader, const uint8_t *payload, size_t size)
{
	*reader = (struct reader){ .cursor = payload, .end = payload + size };
}

void reader_free(struct reader *reader)
{
	void **block = reader->allocations;
	while (block) {
		void **next = *block;
		free(block);
		block = next;
	}
	reader->allocations = NULL;
}

static const uint8_t *take(struct reader *reader, size_t size)
{
	if (reader->bad || size > (size_t)(reader->end - reader->cursor)) {
		reader->bad = true;
		return NULL;
	}
	const uint8_t *at = reader->cursor;
	reader->cursor += size;
	return at;
}

uint8_t read_u8(struct reader *reader)
{
	const uint8_t *at = take(reader, 1);
	return at ? *at : 0;
}

bool read_bool(struct reader *reader)
{
	uint8_t value = read_u8(reader);
	if (value > 1)
		reader->bad = true;
	return value == 1;
}

uint16_t read_u16(struct reader *reader)
{
	uint16_t value = 0;
	const uint8_t *at = take(reader, sizeof value);
	if (at)
		memcpy(&value, at, sizeof value);
	return le16toh(value);
}

uint32_t read_u32(struct reader *reader)
{
	uint32_t value = 0;
	const uint8_t *at = take(reader, sizeof value);
	if (at)
		memcpy(&value, at, sizeof value);
	return le32toh(value);
}

uint64_t read_u64(struct reader *reader)
{
	uint64_t value = 0;
	const uint8_t *at = take(reader, sizeof value);
	if (at)
		memcpy(&value, at, sizeof value);
	return le64toh(value);
}

const char *read_string(struct reader *reader)
{
	uint32_t size = read_u32(reader);
	const uint8_t *at = take(reader, (size_t)size + 1);
	if (!at || at[size] != 0 || memchr(at, 0, size)) {
		reader->bad = true;
		return "";
	}
	return (const char *)at;
}

const uint8_t *read_bytes(struct reader *reader, uint32_t *size)
{
	*size = read_u32(reader);
	const uint8_t *at = take(reader, *size);
	if (!at)
		*size = 0;
	return at;
}

static void *room(struct reader *reader, size_t count, size_t item_size)
{
	/* calloc checks the product; the link to the next block takes one item's place or more in front. */
	size_t bytes;
	if (__builtin_mul_overflow(count, item_size, &bytes) ||
	    __builtin_add_overflow(bytes, (size_t)16, &bytes)) {
		reader->bad = true;
		return NULL;
	}
	void **block = calloc(1, bytes);
	if (!block) {
		reader->bad = true;
		return NULL;
	}
	*block = reader->allocations;
	reader->allocations = block;
	return (char *)block + 16;
}

void *read_array(struct reader *reader, uint32_t *count, size_t item_size)
{
	*count = read_u32(reader);
	/* Every item takes at least one byte on the wire, so a lying count is caught before memory is taken. */
	if (reader->bad || *count > (size_t)(reader->end - reader->cursor)) {
		reader->bad = true;
		*count = 0;
		return NULL;
	}
	void *items = room(reader, *count, item_size);
	if (!items)
		*count = 0;
	return items;
}

struct strings read_strings(struct reader *reader)
{
	struct strings strings = { .count = read_u32(reader) };
	if (reader->bad || strings.count > (size_t)(reader->end - reader->cursor)) {
		reader->bad = true;
		strings.count = 0;
	}
	strings.items = room(reader, (size_t)strings.count + 1, sizeof(char *));
	if (!strings.items) {
		strings.count = 0;
		return strings;
	}
	for (uint32_t i = 0; i < strings.count; i++)
		strings.items[i] = read_string(reader);
	return strings;
}

bool reader_done(const struct reader *reader)
{
	return !reader->bad && reader->cursor == reader->end;
}
