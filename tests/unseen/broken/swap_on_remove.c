/*
 * Bug: when client i leaves, the entry of client i - 1 is removed from the table; another client
 *     loses its place and is never answered again.
 * Cause: removes-wrong-client
 * Caught by: sessions/churn
 * Profile: concurrent
 * Port: 22010
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT 256

static struct pollfd set[LIMIT];
static struct { int len, pos; char text[3000]; } work[LIMIT];
static int used = 1;

/* Closes a client and moves those behind it one place to the front. */
static void remove_client(int i)
{
    close(set[i].fd);
    if (i > 1)
        i--;
    memmove(&set[i], &set[i + 1], (size_t)(used - i - 1) * sizeof set[0]);
    memmove(&work[i], &work[i + 1], (size_t)(used - i - 1) * sizeof work[0]);
    used--;
}

static int step(int i)
{
    ssize_t n;

    if (work[i].pos == work[i].len) {
        n = recv(set[i].fd, work[i].text, sizeof work[i].text, 0);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        work[i].len = (int)n;
        work[i].pos = 0;
    }
    n = send(set[i].fd, work[i].text + work[i].pos, (size_t)(work[i].len - work[i].pos),
             MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    work[i].pos += (int)n;
    return 1;
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(22010)};
    int one = 1, l = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (struct sockaddr *)&a, sizeof a) || listen(l, 64))
        return perror("listen"), 1;
    set[0].fd = l;
    while (1) {
        set[0].events = used < LIMIT ? POLLIN : 0;
        for (int i = 1; i < used; i++)
            set[i].events = work[i].pos < work[i].len ? POLLOUT : POLLIN;
        if (poll(set, (nfds_t)used, -1) < 0)
            continue;
        for (int i = used - 1; i > 0; i--)
            if (set[i].revents && !step(i))
                remove_client(i);
        if (set[0].revents) {
            int fd = accept4(l, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0) {
                usleep(5000);
                continue;
            }
            set[used] = (struct pollfd){.fd = fd};
            work[used].len = work[used].pos = 0;
            used++;
        }
    }
}
