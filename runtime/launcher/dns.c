#include "dns.h"

#include <ctype.h>

#define FLAG_RESPONSE 0x8000u
#define FLAG_TRUNCATED 0x0200u
#define FLAG_RECURSION_DESIRED 0x0100u
#define FLAG_RECURSION_AVAILABLE 0x0080u
#define OPCODE_MASK 0x7800u
/* As moby's: neighbours come and go, but those who ask keep no cache of their own. */
#define ANSWER_TTL 600u
/* What we say we take over UDP ourselves. */
#define OUR_PAYLOAD 1232u
#define LABEL_MAX 63u
#define OPT_SIZE 11u

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

uint16_t dns_id(const uint8_t *message)
{
	return get16(message);
}

void dns_set_id(uint8_t *message, uint16_t id)
{
	put16(message, id);
}

enum dns_code dns_code_of(const uint8_t *message)
{
	return message[3] & 15u;
}

/* The question's name: plain labels only, as nothing stands before it that a pointer could mean. */
static bool read_name(const uint8_t *message, size_t size, size_t *cursor, char *text)
{
	size_t at = *cursor, used = 0;
	bool clear = true;
	for (;;) {
		if (at >= size)
			return false;
		size_t length = message[at++];
		if (length == 0)
			break;
		if (length > LABEL_MAX || length > size - at || used + length + 1 > DNS_NAME_MAX - 1)
			return false;
		if (used > 0)
			text[used++] = '.';
		for (size_t i = 0; i < length; i++) {
			uint8_t byte = message[at + i];
			clear &= byte > ' ' && byte < 127 && byte != '.';
			text[used++] = (char)tolower(byte);
		}
		at += length;
	}
	text[clear ? used : 0] = '\0';
	*cursor = at;
	return true;
}

/* Steps over a name without following its pointer. */
static bool skip_name(const uint8_t *message, size_t size, size_t *cursor)
{
	for (size_t at = *cursor; at < size;) {
		uint8_t length = message[at];
		if (length >= 0xc0) {
			*cursor = at + 2;
			return at + 2 <= size;
		}
		if (length > LABEL_MAX)
			return false;
		at += length + 1u;
		if (length == 0) {
			*cursor = at;
			return true;
		}
	}
	return false;
}

/* Looks for the OPT record among the `count` records after the question. */
static bool read_edns(const uint8_t *message, size_t size, unsigned count, struct dns_question *question)
{
	size_t at = question->end;
	for (unsigned i = 0; i < count; i++) {
		size_t name = at;
		if (!skip_name(message, size, &at) || size - at < 10)
			return false;
		uint16_t type = get16(message + at), class = get16(message + at + 2), length = get16(message + at + 8);
		at += 10;
		if (length > size - at)
			return false;
		at += length;
		if (type != DNS_OPT)
			continue;
		if (message[name] != 0 || question->edns)
			return false;
		question->edns = true;
		question->payload = class < 512 ? 512 : class;
	}
	return true;
}

int dns_parse_query(const uint8_t *message, size_t size, struct dns_question *question)
{
	memset(question, 0, sizeof *question);
	question->payload = 512;
	/* An answer that is answered would go back and forth for ever. */
	if (size < DNS_HEADER || get16(message + 2) & FLAG_RESPONSE)
		return -1;
	if ((get16(message + 2) & OPCODE_MASK) != 0)
		return DNS_NOTIMP;
	size_t at = DNS_HEADER;
	if (get16(message + 4) != 1 || !read_name(message, size, &at, question->name) || size - at < 4)
		return DNS_FORMERR;
	question->type = get16(message + at);
	question->class = get16(message + at + 2);
	question->end = at + 4;
	unsigned rest = (unsigned)get16(message + 6) + get16(message + 8) + get16(message + 10);
	return read_edns(message, size, rest, question) ? 0 : DNS_FORMERR;
}

/* Writes a name that is known to fit labels and length; its size on the wire, or 0. */
static size_t encode_name(const char *text, uint8_t *out)
{
	size_t used = 0;
	while (*text) {
		size_t length = strcspn(text, ".");
		if (length == 0 || length > LABEL_MAX || used + length + 2 > DNS_NAME_MAX - 1)
			return 0;
		out[used++] = (uint8_t)length;
		memcpy(out + used, text, length);
		used += length;
		text += length;
		if (*text == '.')
			text++;
	}
	out[used++] = 0;
	return used;
}

size_t dns_build_answer(const uint8_t *query, const struct dns_question *question, enum dns_code code,
			const struct dns_record *records, size_t count, size_t limit, uint8_t *out)
{
	unsigned flags = FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE | (unsigned)code |
			 (get16(query + 2) & (OPCODE_MASK | FLAG_RECURSION_DESIRED));
	size_t used = DNS_HEADER, opt = question && question->edns ? OPT_SIZE : 0;
	unsigned answers = 0;
	memset(out, 0, DNS_HEADER);
	memcpy(out, query, 2);
	if (question) {
		memcpy(out + used, query + DNS_HEADER, question->end - DNS_HEADER);
		used = question->end;
	}
	for (size_t i = 0; question && i < count; i++) {
		uint8_t name[DNS_NAME_MAX];
		const uint8_t *data = records[i].bytes;
		size_t size = records[i].type == DNS_A ? 4 : 16;
		if (records[i].type == DNS_PTR) {
			size = encode_name(records[i].name, name);
			data = name;
		}
		if (size == 0)
			continue;
		if (used + 12 + size + opt > limit) {
			flags |= FLAG_TRUNCATED;
			break;
		}
		/* The owner's name is the question's: a pointer to it. */
		put16(out + used, 0xc000u | DNS_HEADER);
		put16(out + used + 2, records[i].type);
		put16(out + used + 4, 1);
		put16(out + used + 6, ANSWER_TTL >> 16);
		put16(out + used + 8, ANSWER_TTL & 0xffff);
		put16(out + used + 10, (unsigned)size);
		memcpy(out + used + 12, data, size);
		used += 12 + size;
		answers++;
	}
	if (opt > 0) {
		memset(out + used, 0, OPT_SIZE);
		put16(out + used + 1, DNS_OPT);
		put16(out + used + 3, OUR_PAYLOAD);
		used += OPT_SIZE;
	}
	put16(out + 2, flags);
	put16(out + 4, question ? 1 : 0);
	put16(out + 6, answers);
	put16(out + 10, opt > 0 ? 1 : 0);
	return used;
}

bool dns_answers(const uint8_t *reply, size_t size, uint16_t id, const uint8_t *query, size_t question_end)
{
	if (size < DNS_HEADER || get16(reply) != id || !(get16(reply + 2) & FLAG_RESPONSE))
		return false;
	/* A server that could not even read the question sends none back. */
	if (get16(reply + 4) == 0)
		return dns_code_of(reply) != DNS_NOERROR && size == DNS_HEADER;
	if (get16(reply + 4) != 1 || size < question_end)
		return false;
	/* A server may change the case of letters. Lengths and types hold no letters, or they are the same ones. */
	for (size_t i = DNS_HEADER; i < question_end; i++)
		if (tolower(reply[i]) != tolower(query[i]))
			return false;
	return true;
}

static int nibble(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

size_t dns_reverse_address(const char *name, uint8_t bytes[16])
{
	unsigned part[4];
	int used = 0;
	if (sscanf(name, "%3u.%3u.%3u.%3u.in-addr.arpa%n", &part[3], &part[2], &part[1], &part[0], &used) == 4 &&
	    used > 0 && name[used] == '\0') {
		for (int i = 0; i < 4; i++) {
			if (part[i] > 255)
				return 0;
			bytes[i] = (uint8_t)part[i];
		}
		return 4;
	}
	/* 32 nibbles, each with its dot, least significant first (RFC 3596 2.5). */
	if (strlen(name) != 64 + strlen("ip6.arpa") || strcmp(name + 64, "ip6.arpa"))
		return 0;
	for (int i = 0; i < 16; i++) {
		const char *at = name + 4 * (15 - i);
		int low = nibble(at[0]), high = nibble(at[2]);
		if (low < 0 || high < 0 || at[1] != '.' || at[3] != '.')
			return 0;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 16;
}
