/*
 * Bug: when send() takes only a part, the loop waits until there is room and offers the whole block
 *     again, so a slow reader gets the part that was taken twice.
 * Cause: send-retried-from-start
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK 20000

static int
wait_for(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static int
put_block(int fd, const char *block, ssize_t size)
{
	ssize_t n;

	while ((n = send(fd, block, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL)) != size) {
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		/* did not fit; again when there is room */
		if (wait_for(fd, POLLOUT) < 0)
			return -1;
	}
	return 0;
}

static void *
session(void *cookie)
{
	int fd = (int)(intptr_t)cookie;
	char block[BLOCK];
	ssize_t n;

	while ((n = recv(fd, block, sizeof block, 0)) > 0)
		if (put_block(fd, block, n) < 0)
			break;
	close(fd);
	return NULL;
}

int
main(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int s, one = 1;

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
