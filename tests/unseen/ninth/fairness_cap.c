/*
 * Bug: so that one client cannot keep the loop for itself, at most four reads are done for an
 *     event; the rest stays in the socket, and with EPOLLET no further event tells of it.
 * Cause: edge-not-drained
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 2048, MAX_READS = 4, BATCH = 256 };

struct conn {
    int fd;
    size_t start, end;
    char data[CHUNK];
};

static int epfd, listener, reserve = -1;

static void conn_free(struct conn *c)
{
    close(c->fd);
    free(c);
}

/* 1: everything sent, 0: the socket is full, -1: the peer is gone */
static int conn_flush(struct conn *c)
{
    while (c->start < c->end) {
        ssize_t n = send(c->fd, c->data + c->start, c->end - c->start, MSG_NOSIGNAL);
        if (n >= 0)
            c->start += (size_t)n;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return -1;
    }
    c->start = c->end = 0;
    return 1;
}

/* Returns false when the connection is over. */
static bool conn_run(struct conn *c)
{
    int reads = 0;

    for (;;) {
        int state = conn_flush(c);
        if (state <= 0)
            return state == 0;
        /* don't let a fast sender starve the others */
        if (reads++ == MAX_READS)
            return true;
        ssize_t n = recv(c->fd, c->data, CHUNK, 0);
        if (n > 0)
            c->end = (size_t)n;
        else if (n == 0)
            return false;
        else if (errno == EAGAIN)
            return true;
        else if (errno != EINTR)
            return false;
    }
}

static void accept_all(void)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (errno != EMFILE || reserve < 0)
                return;
            close(reserve);
            close(accept(listener, NULL, NULL));
            reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
            return;
        }
        struct conn *c = calloc(1, sizeof *c);
        if (!c) {
            close(fd);
            continue;
        }
        c->fd = fd;
        struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) < 0)
            conn_free(c);
    }
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 7007)};
    struct epoll_event evs[BATCH], lev = {.events = EPOLLIN, .data.ptr = NULL};
    int on = 1;

    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&sin, sizeof sin) || listen(listener, SOMAXCONN)) {
        perror("cannot listen");
        return 1;
    }
    reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    epfd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &lev);

    for (;;) {
        int n = epoll_wait(epfd, evs, BATCH, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = evs[i].data.ptr;
            if (!c)
                accept_all();
            else if (!conn_run(c))
                conn_free(c);
        }
    }
}
