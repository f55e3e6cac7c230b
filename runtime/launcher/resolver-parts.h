/* What the resolver's two files share. */
#ifndef BERTH_RESOLVER_PARTS_H
#define BERTH_RESOLVER_PARTS_H

#include "address.h"
#include "dns.h"
#include "names.h"

/* A socket in the host's network namespace, or in the container's. */
int resolver_socket(bool host, int family, int type);
/* Servers for what is not known here, in the order in which they are asked. */
size_t resolver_servers(const struct names *names, union address servers[NAMES_SERVERS_MAX]);
/* The answer from the tables; 0 when they have none. */
size_t resolver_answer(const struct names *names, const uint8_t *query, const struct dns_question *question, size_t limit,
		       uint8_t *out);
/* Milliseconds of the monotonic clock. */
uint64_t resolver_now(void);
/* Serves until `watched` becomes readable. */
_Noreturn void resolver_serve(struct names *names, int datagrams, int streams, int watched);

#endif
