/* The resolver's loop: questions over UDP and TCP in, answers from the tables or from a server of the outside out. */
#include "resolver-parts.h"

#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>

#if defined __GNUC__ && !defined __clang__
/* What hangs on the lists below is freed by sweep(); the analyser loses sight of it on the way there. */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* As moby's limit on questions that are under way at once. */
#define QUERIES_MAX 1024
#define STREAMS_MAX 64
/* A question is a name and a few options; anything larger over TCP is none. */
#define QUESTION_MAX 4096u
/* Loopback carries it, and larger answers belong to TCP. */
#define PAYLOAD_MAX 4096u
/* The next server is asked after this long. Clients give up after 5 s, so the last one is not waited for longer. */
#define PATIENCE_MS 2000
#define LAST_PATIENCE_MS 5000
/* A connection without a question for this long is closed (RFC 7766 6.2.3: a few seconds). */
#define STREAM_IDLE_MS 10000

enum kind { KIND_DATAGRAMS, KIND_STREAMS, KIND_WATCHED, KIND_STREAM, KIND_QUERY };

struct source {
	enum kind kind;
	void *owner;
};

/* A client's connection: one question at a time. */
struct stream {
	struct source source;
	struct stream *next;
	int fd;
	bool busy, dead;
	bool ended; /* the client has sent its last question */
	uint64_t deadline;
	uint8_t input[2 + QUESTION_MAX];
	size_t input_size;
	uint8_t *output;
	size_t output_size, output_start;
};

/* A question that a server of the outside was asked. */
struct query {
	struct source source;
	struct query *next;
	bool dead;
	int fd;
	uint64_t deadline;
	uint16_t id; /* the client's */
	unsigned server;
	size_t size, question_end;
	struct dns_question question;
	/* Where the answer goes: a connection, or a datagram's sender. */
	struct stream *stream;
	union address client;
	/* Over TCP: length and message to send, and what has come back. */
	size_t sent;
	uint8_t *reply;
	size_t reply_size;
	uint8_t message[2 + QUESTION_MAX];
};

static int events_fd, datagrams_fd;
static struct names *tables;
static struct stream *all_streams;
static struct query *all_queries;
static unsigned stream_count, query_count;
static struct source datagrams_source = { KIND_DATAGRAMS, NULL }, streams_source = { KIND_STREAMS, NULL },
		     watched_source = { KIND_WATCHED, NULL };
static uint8_t buffer[DNS_MESSAGE_MAX];

static int watch(int operation, int fd, uint32_t events, struct source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };
	return epoll_ctl(events_fd, operation, fd, &event);
}

/* ------------------------------------------------------------------------------------------------- clients */

static void end_stream(struct stream *stream)
{
	stream->dead = true;
	close_fd(&stream->fd);
}

static void flush_stream(struct stream *stream)
{
	while (stream->output_start < stream->output_size) {
		ssize_t n = RETRY(send(stream->fd, stream->output + stream->output_start,
				       stream->output_size - stream->output_start, MSG_NOSIGNAL));
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			end_stream(stream);
			return;
		}
		stream->output_start += (size_t)n;
	}
	free(stream->output);
	stream->output = NULL;
	stream->output_size = stream->output_start = 0;
	stream->busy = false;
	stream->deadline = resolver_now() + STREAM_IDLE_MS;
}

static void reply_stream(struct stream *stream, const uint8_t *message, size_t size)
{
	if (stream->dead)
		return;
	uint8_t *output = malloc(2 + size);
	if (!output) {
		end_stream(stream);
		return;
	}
	output[0] = (uint8_t)(size >> 8);
	output[1] = (uint8_t)size;
	memcpy(output + 2, message, size);
	stream->output = output;
	stream->deadline = resolver_now() + STREAM_IDLE_MS;
	stream->output_size = 2 + size;
	stream->output_start = 0;
	flush_stream(stream);
}

static void reply_to(struct stream *stream, const union address *client, const uint8_t *message, size_t size)
{
	if (stream)
		reply_stream(stream, message, size);
	else
		/* A datagram that cannot go is lost, as on any network. */
		sendto(datagrams_fd, message, size, MSG_NOSIGNAL, &client->any, address_size(client));
}

/* ------------------------------------------------------------------------------------------------- servers */

static void end_query(struct query *query)
{
	query->dead = true;
	close_fd(&query->fd);
	free(query->reply);
	query->reply = NULL;
}

static void give_up(struct query *query)
{
	size_t size = dns_build_answer(query->message + 2, &query->question, DNS_SERVFAIL, NULL, 0, DNS_MESSAGE_MAX, buffer);
	dns_set_id(buffer, query->id);
	reply_to(query->stream, &query->client, buffer, size);
	end_query(query);
}

/* Asks the server whose turn it is; without one left the client is told so. */
static void ask(struct query *query)
{
	union address servers[NAMES_SERVERS_MAX];
	size_t count = resolver_servers(tables, servers);
	bool tcp = query->stream != NULL;
	for (; query->server < count; query->server++) {
		const union address *server = &servers[query->server];
		uint16_t id;
		close_fd(&query->fd);
		query->fd = resolver_socket(tables->host, server->any.sa_family, tcp ? SOCK_STREAM : SOCK_DGRAM);
		if (query->fd < 0 || getrandom(&id, sizeof id, 0) != sizeof id)
			continue;
		/* Connected, the kernel lets only this server answer; port and id are new for each question. */
		if (connect(query->fd, &server->any, address_size(server)) < 0 && errno != EINPROGRESS)
			continue;
		dns_set_id(query->message + 2, id);
		query->sent = query->reply_size = 0;
		if (!tcp && send(query->fd, query->message + 2, query->size, MSG_NOSIGNAL) < 0)
			continue;
		if (watch(EPOLL_CTL_ADD, query->fd, tcp ? EPOLLIN | EPOLLOUT : EPOLLIN, &query->source) < 0)
			continue;
		query->deadline = resolver_now() + (query->server + 1 < count ? PATIENCE_MS : LAST_PATIENCE_MS);
		return;
	}
	give_up(query);
}

static void ask_next(struct query *query)
{
	query->server++;
	ask(query);
}

/* True when it was an answer to this question. */
static bool take_reply(struct query *query, uint8_t *reply, size_t size)
{
	union address servers[NAMES_SERVERS_MAX];
	if (!dns_answers(reply, size, dns_id(query->message + 2), query->message + 2, query->question_end))
		return false;
	enum dns_code code = dns_code_of(reply);
	if ((code == DNS_SERVFAIL || code == DNS_REFUSED) && query->server + 1 < resolver_servers(tables, servers)) {
		ask_next(query);
		return true;
	}
	dns_set_id(reply, query->id);
	reply_to(query->stream, &query->client, reply, size);
	end_query(query);
	return true;
}

static void receive_datagram(struct query *query)
{
	for (int i = 0; i < 16 && !query->dead; i++) {
		ssize_t n = recv(query->fd, buffer, sizeof buffer, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			/* Nobody listens there. */
			ask_next(query);
			return;
		}
		if (take_reply(query, buffer, (size_t)n))
			return;
	}
}

/* Over TCP: the question out, then length and answer in. */
static void converse(struct query *query, uint32_t events)
{
	size_t whole = 2 + query->size;
	if (events & EPOLLOUT && query->sent < whole) {
		ssize_t n = send(query->fd, query->message + query->sent, whole - query->sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			ask_next(query);
			return;
		}
		query->sent += n > 0 ? (size_t)n : 0;
		if (query->sent == whole)
			watch(EPOLL_CTL_MOD, query->fd, EPOLLIN, &query->source);
	}
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	if (!query->reply && !(query->reply = malloc(2 + DNS_MESSAGE_MAX))) {
		give_up(query);
		return;
	}
	ssize_t n = recv(query->fd, query->reply + query->reply_size, 2 + DNS_MESSAGE_MAX - query->reply_size, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		ask_next(query);
		return;
	}
	query->reply_size += (size_t)n;
	size_t wanted = query->reply_size < 2 ? 2 : 2 + (size_t)(query->reply[0] << 8 | query->reply[1]);
	if (query->reply_size >= wanted && query->reply_size > 2 && !take_reply(query, query->reply + 2, wanted - 2))
		ask_next(query);
}

/* ------------------------------------------------------------------------------------------------- questions */

static void forward(struct stream *stream, const union address *client, const uint8_t *message, size_t size,
		    const struct dns_question *question)
{
	struct query *query = query_count < QUERIES_MAX && size <= QUESTION_MAX ? malloc(sizeof *query) : NULL;
	if (!query) {
		size = dns_build_answer(message, question, DNS_SERVFAIL, NULL, 0, DNS_MESSAGE_MAX, buffer);
		reply_to(stream, client, buffer, size);
		return;
	}
	memset(query, 0, offsetof(struct query, message));
	query->source = (struct source){ KIND_QUERY, query };
	query->fd = -1;
	query->id = dns_id(message);
	query->size = size;
	query->question = *question;
	query->question_end = question->end;
	query->stream = stream;
	query->client = *client;
	query->message[0] = (uint8_t)(size >> 8);
	query->message[1] = (uint8_t)size;
	memcpy(query->message + 2, message, size);
	query->next = all_queries;
	all_queries = query;
	query_count++;
	ask(query);
}

static void take_question(struct stream *stream, const union address *client, const uint8_t *message, size_t size)
{
	static uint8_t out[DNS_MESSAGE_MAX];
	struct dns_question question;
	int code = dns_parse_query(message, size, &question);
	if (code < 0) {
		if (stream)
			end_stream(stream);
		return;
	}
	if (code > 0) {
		size = dns_build_answer(message, NULL, (enum dns_code)code, NULL, 0, DNS_MESSAGE_MAX, out);
		reply_to(stream, client, out, size);
		return;
	}
	names_refresh(tables);
	size_t limit = stream ? DNS_MESSAGE_MAX : question.payload < PAYLOAD_MAX ? question.payload : PAYLOAD_MAX;
	size_t answered = resolver_answer(tables, message, &question, limit, out);
	if (answered > 0)
		reply_to(stream, client, out, answered);
	else
		forward(stream, client, message, size, &question);
}

static void receive_questions(void)
{
	for (int i = 0; i < 64; i++) {
		static uint8_t question[QUESTION_MAX];
		union address client = { 0 };
		socklen_t size = sizeof client;
		ssize_t n = recvfrom(datagrams_fd, question, sizeof question, MSG_TRUNC, &client.any, &size);
		if (n < 0)
			return;
		if ((size_t)n <= sizeof question)
			take_question(NULL, &client, question, (size_t)n);
	}
}

/* Takes the next whole question out of a connection's input. */
static void pump_stream(struct stream *stream)
{
	static const union address nobody;
	while (!stream->dead && !stream->busy && stream->input_size >= 2) {
		size_t size = (size_t)(stream->input[0] << 8 | stream->input[1]);
		if (size > QUESTION_MAX) {
			end_stream(stream);
			return;
		}
		if (stream->input_size < 2 + size)
			return;
		static uint8_t question[QUESTION_MAX];
		memcpy(question, stream->input + 2, size);
		stream->input_size -= 2 + size;
		memmove(stream->input, stream->input + 2 + size, stream->input_size);
		stream->busy = true;
		take_question(stream, &nobody, question, size);
	}
}

static void read_stream(struct stream *stream, uint32_t events)
{
	if (events & EPOLLOUT && stream->output)
		flush_stream(stream);
	while (!stream->dead && stream->input_size < sizeof stream->input) {
		ssize_t n = recv(stream->fd, stream->input + stream->input_size, sizeof stream->input - stream->input_size, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			end_stream(stream);
			return;
		}
		if (n == 0) {
			stream->ended = true;
			break;
		}
		stream->input_size += (size_t)n;
	}
	pump_stream(stream);
}

static void accept_stream(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct stream *stream = fd >= 0 && stream_count < STREAMS_MAX ? calloc(1, sizeof *stream) : NULL;
	if (!stream) {
		close_fd(&fd);
		return;
	}
	stream->source = (struct source){ KIND_STREAM, stream };
	stream->fd = fd;
	stream->deadline = resolver_now() + STREAM_IDLE_MS;
	stream->next = all_streams;
	all_streams = stream;
	stream_count++;
	/* Edge-triggered: input that waits for its turn must not wake us again and again. */
	if (watch(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &stream->source) < 0)
		end_stream(stream);
}

/* ------------------------------------------------------------------------------------------------- rounds */

/* Ends what is overdue and frees what is dead; milliseconds until something is due, or -1. */
static int sweep(void)
{
	uint64_t now = resolver_now(), next = UINT64_MAX;
	for (struct query *query = all_queries; query; query = query->next) {
		/* A client that has gone wants no answer. */
		if (!query->dead && query->stream && query->stream->dead)
			end_query(query);
		if (!query->dead && query->deadline <= now)
			ask_next(query);
		if (!query->dead && query->deadline < next)
			next = query->deadline;
	}
	for (struct query **link = &all_queries; *link;) {
		struct query *query = *link;
		if (!query->dead) {
			link = &query->next;
			continue;
		}
		*link = query->next;
		query_count--;
		free(query);
	}
	for (struct stream **link = &all_streams; *link;) {
		struct stream *stream = *link;
		if (!stream->dead && !stream->busy)
			pump_stream(stream);
		if (!stream->dead && !stream->busy && stream->ended)
			end_stream(stream);
		/* Neither one that asks nothing nor one that does not read its answer is waited for long. */
		bool idle = !stream->busy || stream->output;
		if (!stream->dead && idle && stream->deadline <= now)
			end_stream(stream);
		if (!stream->dead && idle && stream->deadline < next)
			next = stream->deadline;
		bool asked = false;
		for (struct query *query = all_queries; stream->dead && query; query = query->next)
			asked |= query->stream == stream;
		if (!stream->dead || asked) {
			link = &stream->next;
			continue;
		}
		*link = stream->next;
		stream_count--;
		free(stream->output);
		free(stream);
	}
	if (next == UINT64_MAX)
		return -1;
	/* One dead with a query still to be swept is looked after in the next round. */
	return next <= now ? 0 : next - now > 60000 ? 60000 : (int)(next - now);
}

static void serve(struct source *source, uint32_t events, int listener)
{
	struct query *query;
	switch (source->kind) {
	case KIND_DATAGRAMS:
		receive_questions();
		break;
	case KIND_STREAMS:
		accept_stream(listener);
		break;
	case KIND_WATCHED:
		_exit(0);
	case KIND_STREAM:
		if (!((struct stream *)source->owner)->dead)
			read_stream(source->owner, events);
		break;
	case KIND_QUERY:
		query = source->owner;
		if (query->dead)
			break;
		if (query->stream)
			converse(query, events);
		else
			receive_datagram(query);
		break;
	}
}

/* Each question in flight has a socket: the usual soft limit of 1024 would not do for all of them. */
static void raise_limit(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

void resolver_serve(struct names *names, int datagrams, int streams, int watched)
{
	tables = names;
	datagrams_fd = datagrams;
	events_fd = epoll_create1(EPOLL_CLOEXEC);
	raise_limit();
	if (events_fd < 0 || watch(EPOLL_CTL_ADD, datagrams, EPOLLIN, &datagrams_source) < 0 ||
	    watch(EPOLL_CTL_ADD, streams, EPOLLIN, &streams_source) < 0 ||
	    watch(EPOLL_CTL_ADD, watched, EPOLLIN, &watched_source) < 0)
		_exit(1);
	for (int patience = -1;; patience = sweep()) {
		struct epoll_event ready[64];
		int n = epoll_wait(events_fd, ready, COUNT_OF(ready), patience);
		for (int i = 0; i < n; i++)
			serve(ready[i].data.ptr, ready[i].events, streams);
	}
}
