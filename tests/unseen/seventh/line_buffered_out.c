/*
 * Bug: the answers go through a stdio stream that is line buffered, so what comes after the last
 *     newline stays in the stream until a newline comes, the buffer is full, or the client ends.
 * Cause: not-flushed
 * Also: waits-for-newline
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *
session(void *cookie)
{
	int in = (int)(intptr_t)cookie;
	int out_fd = dup(in);
	FILE *out = out_fd < 0 ? NULL : fdopen(out_fd, "w");
	char block[3000];
	ssize_t n;

	if (out == NULL) {
		if (out_fd >= 0)
			close(out_fd);
		close(in);
		return NULL;
	}
	/* a socket is no terminal: stdio would buffer it fully */
	setvbuf(out, NULL, _IOLBF, 0);
	while ((n = read(in, block, sizeof block)) > 0)
		if (fwrite(block, 1, (size_t)n, out) != (size_t)n)
			break;
	fclose(out);
	close(in);
	return NULL;
}

int
main(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int s, one = 1;

	signal(SIGPIPE, SIG_IGN);
	addr.sin_port = htons((uint16_t)strtoul(getenv("PORT"), NULL, 10));
	inet_pton(AF_INET, "127.0.0.1", &addr.sin_addr);
	s = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(s, (struct sockaddr *)&addr, sizeof addr) == -1) {
		perror("bind");
		return EXIT_FAILURE;
	}
	listen(s, 100);
	while (1) {
		pthread_t t;
		int c = accept(s, NULL, NULL);

		if (c == -1) {
			usleep(100 * 1000);
			continue;
		}
		if (pthread_create(&t, NULL, session, (void *)(intptr_t)c)) {
			close(c);
			continue;
		}
		pthread_detach(t);
	}
}
