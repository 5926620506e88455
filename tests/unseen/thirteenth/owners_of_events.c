/*
 * Bug: the index of what was sent is not set to 0 before the next read is sent: the second
 *     message loses as many bytes at its start as the first one had, and when it is shorter the
 *     thread goes round and round.
 * Cause: position-not-reset
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 6000

struct link {
    int fd;
    size_t from, to;
    char room[ROOM];
};

static int ep;

static int arm(struct link *l, int op)
{
    struct epoll_event ev = {.data.ptr = l};

    ev.events = EPOLLONESHOT | (l->from < l->to ? EPOLLOUT : EPOLLIN);
    return epoll_ctl(ep, op, l->fd, &ev);
}

static void end(struct link *l)
{
    close(l->fd);
    free(l);
}

/* 1: wait for the next event; 0: it is over */
static int step(struct link *l)
{
    ssize_t n;

    if (l->from == l->to) {
        n = recv(l->fd, l->room, ROOM, 0);
        if (n == 0)
            return 0;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        l->to = n;
    }
    while (l->from < l->to) {
        n = send(l->fd, l->room + l->from, l->to - l->from, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        l->from += n;
    }
    return 1;
}

static void *worker(void *unused)
{
    struct epoll_event ev;

    for (;;) {
        if (epoll_wait(ep, &ev, 1, -1) < 1)
            continue;
        struct link *l = ev.data.ptr;
        if (!step(l) || arm(l, EPOLL_CTL_MOD) < 0)
            end(l);
    }
    return unused;
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(getenv("PORT")))};
    int i, on = 1, door = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t t;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, 256) < 0) {
        perror("listen");
        return 1;
    }
    ep = epoll_create1(EPOLL_CLOEXEC);
    for (i = 0; i < 3; i++)
        if (pthread_create(&t, NULL, worker, NULL) != 0)
            return 1;
    for (;;) {
        int fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct link *l;

        if (fd < 0) {
            if (errno != EINTR && errno != ECONNABORTED)
                usleep(100000);
            continue;
        }
        l = malloc(sizeof *l);
        if (l == NULL) {
            close(fd);
            continue;
        }
        l->fd = fd;
        l->from = l->to = 0;
        if (arm(l, EPOLL_CTL_ADD) < 0)
            end(l);
    }
}
