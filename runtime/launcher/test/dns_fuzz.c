/* libFuzzer target: any bytes as a question to the resolver, and as a server's answer to it.
 * Build: clang -std=gnu17 -D_GNU_SOURCE= -g -O1 -fsanitize=fuzzer,address,undefined dns.c test/dns_fuzz.c -o dns_fuzz */
#include <stdlib.h>

#include "../dns.h"

/* A copy of exactly that size, so that one byte too far is found. */
static uint8_t *exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	return copy;
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[DNS_MESSAGE_MAX];
	struct dns_question question, again;
	struct dns_record records[128];
	uint8_t address[16];
	if (size > DNS_MESSAGE_MAX)
		return 0;
	uint8_t *message = exact(data, size);
	int code = dns_parse_query(message, size, &question);
	if (code > 0) {
		check(dns_build_answer(message, NULL, (enum dns_code)code, NULL, 0, DNS_MESSAGE_MAX, out) == DNS_HEADER);
	} else if (code == 0) {
		check(question.end <= size && strlen(question.name) < DNS_NAME_MAX);
		dns_reverse_address(question.name, address);
		for (size_t i = 0; i < COUNT_OF(records); i++) {
			records[i] = (struct dns_record){ .type = i % 3 == 0 ? DNS_A : i % 3 == 1 ? DNS_AAAA : DNS_PTR,
							  .name = question.name };
			memset(records[i].bytes, (int)i, sizeof records[i].bytes);
		}
		/* What is answered fits, answers the question, and is never taken for a question itself. */
		for (size_t count = 0; count <= COUNT_OF(records); count += 32) {
			size_t limit = question.payload;
			size_t used = dns_build_answer(message, &question, DNS_NOERROR, records, count, limit, out);
			check(used <= limit && dns_answers(out, used, dns_id(message), message, question.end));
			check(dns_parse_query(out, used, &again) == -1);
		}
	}
	/* The bytes as an answer to a fixed question: `a`, type A. */
	static const uint8_t asked[] = { 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1 };
	if (dns_answers(message, size, 7, asked, sizeof asked))
		dns_code_of(message);
	free(message);
	return 0;
}
