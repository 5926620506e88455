/*
 * Bug: EAGAIN from send() is taken for an error and closes the connection; and what was left over
 *     is kept by descriptor number, where the next client finds it.
 * Cause: would-block-closes
 * Cause: state-by-descriptor, leftover-of-earlier
 * Caught by: partial-send/stalled-reader, sessions/no-leftovers
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1000, ROOM = 8192 };

static char left[MOST][ROOM];
static int size[MOST];
static struct pollfd polls[MOST];

static int flush(int fd)
{
    while (size[fd] > 0) {
        ssize_t n = send(fd, left[fd], (size_t)size[fd], MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        size[fd] -= (int)n;
        memmove(left[fd], left[fd] + n, (size_t)size[fd]);
    }
    return 0;
}

static int input(int fd)
{
    ssize_t n = recv(fd, left[fd] + size[fd], (size_t)(ROOM - size[fd]), 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        return -1;
    size[fd] += (int)n;
    return flush(fd);
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons((unsigned short)atoi(getenv("PORT") ? getenv("PORT") : "0"));
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *)&a, sizeof a) || listen(server, 100)) {
        perror("server");
        return 1;
    }
    for (int i = 0; i < MOST; i++)
        polls[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    polls[server].fd = server;
    for (;;) {
        if (poll(polls, MOST, -1) < 0)
            continue;
        for (int fd = 0; fd < MOST; fd++) {
            if (polls[fd].fd < 0 || !polls[fd].revents)
                continue;
            if (fd != server) {
                if (input(fd) < 0) {
                    close(fd);
                    polls[fd].fd = -1;
                }
                continue;
            }
            int new = accept4(server, NULL, NULL, SOCK_NONBLOCK);
            if (new >= MOST)
                close(new);
            else if (new >= 0)
                polls[new].fd = new;
            else
                usleep(5000);
        }
    }
}
