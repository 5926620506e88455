/*
 * Bug: when a client leaves, the last entry is moved to its place first and closed then, so the
 *     connection of another client is closed, and that of the one who left stays open.
 * Cause: removes-wrong-client
 * Also: descriptor-leak
 * Profile: concurrent
 * Port: 23417
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <poll.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define MAX 500
#define SIZE 900

struct state {
	int start, end;
	char text[SIZE];
};

struct pollfd pfd[MAX];
struct state state[MAX];
int n = 0;

void drop(int i)
{
	n--;
	pfd[i] = pfd[n];
	state[i] = state[n];
	close(pfd[i].fd);
}

/* 0: the client is gone */
int echo(int i)
{
	struct state *s = &state[i];
	int k;

	if (s->start == s->end) {
		k = read(pfd[i].fd, s->text, SIZE);
		if (k == -1 && (errno == EAGAIN || errno == EINTR))
			return 1;
		if (k <= 0)
			return 0;
		s->start = 0;
		s->end = k;
	}
	k = write(pfd[i].fd, s->text + s->start, s->end - s->start);
	if (k == -1 && errno != EAGAIN && errno != EINTR)
		return 0;
	if (k > 0)
		s->start += k;
	pfd[i].events = s->start == s->end ? POLLIN : POLLOUT;
	return 1;
}

int main(void)
{
	struct sockaddr_in me;
	int i, c, yes = 1;

	signal(SIGPIPE, SIG_IGN);
	pfd[0].fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(pfd[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	memset(&me, 0, sizeof me);
	me.sin_family = AF_INET;
	me.sin_port = htons(23417);
	me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(pfd[0].fd, (struct sockaddr *)&me, sizeof me) == -1) {
		perror("bind");
		return 1;
	}
	listen(pfd[0].fd, 50);
	fcntl(pfd[0].fd, F_SETFL, O_NONBLOCK);
	pfd[0].events = POLLIN;
	n = 1;
	printf("echo on port 23417\n");
	while (1) {
		if (poll(pfd, n, -1) == -1)
			continue;
		for (i = n - 1; i > 0; i--)
			if (pfd[i].revents && !echo(i))
				drop(i);
		if (!pfd[0].revents)
			continue;
		c = accept(pfd[0].fd, NULL, NULL);
		if (c == -1) {
			usleep(10000);
			continue;
		}
		if (n == MAX) {
			close(c);
			continue;
		}
		fcntl(c, F_SETFL, O_NONBLOCK);
		pfd[n].fd = c;
		pfd[n].events = POLLIN;
		state[n].start = state[n].end = 0;
		n++;
	}
}
