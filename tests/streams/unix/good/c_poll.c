/* One thread, non-blocking sockets and poll(); what could not be sent waits.
 *
 * Style: poll, in C
 * Profile: concurrent
 */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 64, ROOM = 65536 };

struct client {
	size_t begin, end;
	int ended;
	char data[ROOM];
};

static struct pollfd fds[MOST + 1];
static struct client *clients[MOST + 1];
static int count = 1;

static void leave(int i)
{
	close(fds[i].fd);
	free(clients[i]);
	fds[i] = fds[--count];
	clients[i] = clients[count];
}

/* Whether the client stays. */
static int serve(int i)
{
	struct client *c = clients[i];
	ssize_t n;

	if (c->begin == c->end && !c->ended) {
		n = read(fds[i].fd, c->data, ROOM);
		if (n < 0)
			return errno == EAGAIN;
		c->begin = 0;
		c->end = (size_t)n;
		c->ended = n == 0;
	}
	if (c->begin < c->end) {
		n = write(fds[i].fd, c->data + c->begin, c->end - c->begin);
		if (n < 0 && errno != EAGAIN)
			return 0;
		if (n > 0)
			c->begin += (size_t)n;
	}
	fds[i].events = c->begin < c->end ? POLLOUT : POLLIN;
	return !(c->ended && c->begin == c->end);
}

int main(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int i;

	signal(SIGPIPE, SIG_IGN);
	fds[0].fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strncpy(address.sun_path, getenv("SOCKET_PATH"), sizeof address.sun_path - 1);
	unlink(address.sun_path);
	if (bind(fds[0].fd, (struct sockaddr *)&address, sizeof address) || listen(fds[0].fd, 16))
		return 1;
	for (;;) {
		fds[0].events = count <= MOST ? POLLIN : 0;
		if (poll(fds, (nfds_t)count, -1) < 0)
			continue;
		for (i = count - 1; i > 0; i--)
			if (fds[i].revents && !serve(i))
				leave(i);
		if (fds[0].revents) {
			int fd = accept4(fds[0].fd, NULL, NULL, SOCK_NONBLOCK);
			if (fd < 0) {
				usleep(10000);
				continue;
			}
			clients[count] = calloc(1, sizeof(struct client));
			if (!clients[count]) {
				close(fd);
				continue;
			}
			fds[count] = (struct pollfd){.fd = fd, .events = POLLIN};
			count++;
		}
	}
}
