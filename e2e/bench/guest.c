/*
 * What runs inside the containers of the bench: asks names, serves bytes, writes lines. Static.
 *
 *   guest dns NAME MILLISECONDS    prints how many answers of the resolver at 127.0.0.11 came, eight asked at a time
 *   guest serve PORT               sends zeros to whoever connects
 *   guest log BYTES                writes lines of 100 bytes to standard output
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Questions on the way at a time. */
#define WINDOW 8

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static size_t question(unsigned char *packet, size_t room, const char *name, uint16_t id)
{
	const unsigned char head[12] = { (unsigned char)(id >> 8), (unsigned char)id, 1, 0, 0, 1 };
	size_t length = strlen(name);
	if (length > 63 || room < sizeof head + length + 6)
		errx(2, "the name is too long");
	memcpy(packet, head, sizeof head);
	packet[12] = (unsigned char)length;
	memcpy(packet + 13, name, length);
	const unsigned char tail[5] = { 0, 0, 1, 0, 1 };
	memcpy(packet + 13 + length, tail, sizeof tail);
	return 13 + length + sizeof tail;
}

static int dns(const char *name, double duration)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
	inet_pton(AF_INET, "127.0.0.11", &server.sin_addr);
	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
		err(1, "socket");
	unsigned char packet[512];
	unsigned long answers = 0;
	uint16_t id = 0;
	double end = now_ms() + duration;
	for (int i = 0; i < WINDOW; i++)
		if (send(fd, packet, question(packet, sizeof packet, name, id++), 0) < 0)
			err(1, "send");
	while (now_ms() < end) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		if (poll(&wait, 1, 200) > 0) {
			ssize_t n = recv(fd, packet, sizeof packet, 0);
			if (n < 12 || (packet[3] & 15) != 0 || packet[7] == 0)
				errx(1, "the name was not found");
			answers++;
		}
		if (send(fd, packet, question(packet, sizeof packet, name, id++), 0) < 0)
			err(1, "send");
	}
	printf("%lu\n", answers);
	return 0;
}

static int serve(int port)
{
	static const char zeros[65536];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
		err(1, "listening");
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept(listener, NULL, NULL);
		if (client < 0)
			err(1, "accept");
		while (write(client, zeros, sizeof zeros) > 0)
			;
		close(client);
	}
}

static int write_lines(unsigned long bytes)
{
	static char lines[10000];
	memset(lines, 'x', sizeof lines);
	for (size_t at = 99; at < sizeof lines; at += 100)
		lines[at] = '\n';
	for (unsigned long written = 0; written < bytes;) {
		ssize_t n = write(STDOUT_FILENO, lines + written % sizeof lines, sizeof lines - written % sizeof lines);
		if (n < 0)
			err(1, "write");
		written += (unsigned long)n;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "dns"))
		return dns(argv[2], atof(argv[3]));
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(atoi(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "log"))
		return write_lines(strtoul(argv[2], NULL, 10));
	errx(2, "usage: guest dns NAME MILLISECONDS | serve PORT | log BYTES");
}
