/* Connections to a monitor's socket: control (requests and the exit notice) and attached byte streams. */
#ifndef BERTH_CLIENTS_H
#define BERTH_CLIENTS_H

#include "proto.h"

/* As Docker's: past this much unread output of one client the process's pipes are no longer read. */
#define CLIENT_BUFFER_MAX (1u << 20)

#define ATTACH_STDIN 1u
#define ATTACH_STDOUT 2u
#define ATTACH_STDERR 4u

enum client_mode { CLIENT_NEW, CLIENT_CONTROL, CLIENT_ATTACHED };

struct client {
	struct client *next;
	int fd;
	enum client_mode mode;
	bool greeted;
	bool primary; /* the connection the start came over */
	bool input_ended;
	bool closing; /* close as soon as the output is written */
	bool dead;
	uint8_t streams;
	/* Frames not complete yet; in an attached stream, input the process has not taken yet. */
	uint8_t input[16384];
	uint32_t input_size;
	/* Grows as needed and is given back when empty. */
	uint8_t *output;
	size_t output_size, output_start, output_room;
};

struct client *client_new(int fd);
void client_free(struct client *client);
/* Queues bytes and writes what goes at once. Marks the client dead when it is gone. */
void client_send(struct client *client, const void *bytes, size_t size);
void client_send_frame(struct client *client, struct builder *builder);
/* Writes queued bytes. */
void client_flush(struct client *client);
size_t client_unread(const struct client *client);
/* Reads what is there into `input`. False when nothing more comes. */
bool client_read(struct client *client);

#endif
