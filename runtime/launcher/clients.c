#include "clients.h"

#include <sys/socket.h>

struct client *client_new(int fd)
{
	struct client *client = malloc(sizeof *client);
	if (!client)
		return NULL;
	/* Without zeroing the input buffer: untouched pages of an idle control connection cost nothing. */
	memset(client, 0, offsetof(struct client, input));
	client->input_size = 0;
	client->output = NULL;
	client->output_size = client->output_start = client->output_room = 0;
	client->fd = fd;
	return client;
}

void client_free(struct client *client)
{
	close_fd(&client->fd);
	free(client->output);
	free(client);
}

size_t client_unread(const struct client *client)
{
	return client->output_size - client->output_start;
}

static ssize_t write_some(struct client *client, const void *bytes, size_t size)
{
	ssize_t n = RETRY(send(client->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT));
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		client->dead = true;
	return n;
}

void client_flush(struct client *client)
{
	while (!client->dead && client_unread(client) > 0) {
		ssize_t n = write_some(client, client->output + client->output_start, client_unread(client));
		if (n <= 0)
			break;
		client->output_start += (size_t)n;
	}
	if (client->dead || client_unread(client) == 0) {
		free(client->output);
		client->output = NULL;
		client->output_size = client->output_start = client->output_room = 0;
	}
}

void client_send(struct client *client, const void *bytes, size_t size)
{
	if (client->dead || client->closing)
		return;
	if (client_unread(client) == 0) {
		ssize_t n = write_some(client, bytes, size);
		if (n < 0 || (size_t)n == size)
			return;
		bytes = (const char *)bytes + n;
		size -= (size_t)n;
	}
	if (client->output_start > 0 && client->output_size + size > client->output_room) {
		memmove(client->output, client->output + client->output_start, client_unread(client));
		client->output_size -= client->output_start;
		client->output_start = 0;
	}
	if (client->output_size + size > client->output_room) {
		size_t room = client->output_room ? client->output_room : 16384;
		while (room < client->output_size + size)
			room *= 2;
		uint8_t *grown = realloc(client->output, room);
		if (!grown) {
			client->dead = true;
			return;
		}
		client->output = grown;
		client->output_room = room;
	}
	memcpy(client->output + client->output_size, bytes, size);
	client->output_size += size;
}

void client_send_frame(struct client *client, struct builder *builder)
{
	build_finish(builder);
	client_send(client, builder->bytes, builder->size);
}

bool client_read(struct client *client)
{
	size_t space = sizeof client->input - client->input_size;
	if (space == 0)
		return true;
	ssize_t n = RETRY(recv(client->fd, client->input + client->input_size, space, MSG_DONTWAIT));
	if (n < 0)
		return errno == EAGAIN;
	client->input_size += (uint32_t)n;
	return n > 0;
}
