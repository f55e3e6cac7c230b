/* DNS messages (RFC 1035, RFC 6891), as far as a forwarder needs to read them. Pure: bytes in, bytes out. */
#ifndef BERTH_DNS_H
#define BERTH_DNS_H

#include "common.h"

#define DNS_HEADER 12u
#define DNS_MESSAGE_MAX 65535u
/* Text of a name, without the last dot, and its NUL: RFC 1035 2.3.4 has 255 bytes on the wire. */
#define DNS_NAME_MAX 256u

enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_OPT = 41, DNS_ANY = 255 };
enum dns_code { DNS_NOERROR = 0, DNS_FORMERR = 1, DNS_SERVFAIL = 2, DNS_NOTIMP = 4, DNS_REFUSED = 5 };

struct dns_question {
	/* In lower case. Empty for the root, and for a name that text cannot tell apart (a dot inside a label). */
	char name[DNS_NAME_MAX];
	uint16_t type, class;
	/* Bytes from the start of the message to the end of the question. */
	size_t end;
	bool edns;
	/* What the client takes over UDP, at least 512. */
	uint16_t payload;
};

struct dns_record {
	uint16_t type; /* DNS_A, DNS_AAAA: bytes; DNS_PTR: name */
	uint8_t bytes[16];
	const char *name;
};

/* 0, the code of the error that the sender is to be told, or -1 for what must not be answered at all. */
int dns_parse_query(const uint8_t *message, size_t size, struct dns_question *question);
/*
 * Writes an answer to a query of which at least the header is there; question NULL leaves the question out. What does
 * not fit into `limit` is cut with the TC bit set. Returns its size; `out` has room for DNS_MESSAGE_MAX bytes.
 */
size_t dns_build_answer(const uint8_t *query, const struct dns_question *question, enum dns_code code,
			const struct dns_record *records, size_t count, size_t limit, uint8_t *out);
/* True when it is an answer with that id to that question. */
bool dns_answers(const uint8_t *reply, size_t size, uint16_t id, const uint8_t *query, size_t question_end);
enum dns_code dns_code_of(const uint8_t *message);
uint16_t dns_id(const uint8_t *message);
void dns_set_id(uint8_t *message, uint16_t id);
/* Reads x.x.x.x.in-addr.arpa or nibbles below ip6.arpa; the address's size (4 or 16), or 0. */
size_t dns_reverse_address(const char *name, uint8_t bytes[16]);

#endif
