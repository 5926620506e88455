/*
 * Bug: a worker whose client breaks off reports the error and returns from its thread function;
 *     four such clients later no worker is left, and clients are accepted but never answered.
 * Cause: workers-die
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_WORKERS 4

typedef struct client {
    int fd;
    size_t len, off;
    uint8_t buf[16000];
} client_t;

static int epfd;

static int rearm(client_t *c, uint32_t want)
{
    struct epoll_event ev = { .events = want | EPOLLONESHOT, .data.ptr = c };

    return epoll_ctl(epfd, EPOLL_CTL_MOD, c->fd, &ev);
}

/* 1: goes on, 0: client has finished, -1: error */
static int step(client_t *c)
{
    ssize_t n;

    if (c->off == c->len) {
        n = recv(c->fd, c->buf, sizeof c->buf, 0);
        if (n == 0)
            return 0;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 1 : -1;
        c->len = (size_t)n;
        c->off = 0;
    }
    n = send(c->fd, c->buf + c->off, c->len - c->off, MSG_NOSIGNAL);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -1;
    c->off += (size_t)n;
    return 1;
}

static void *worker(void *unused)
{
    (void)unused;
    for (;;) {
        struct epoll_event ev;
        client_t *c;
        int r;

        if (epoll_wait(epfd, &ev, 1, -1) != 1)
            continue;
        c = ev.data.ptr;
        r = step(c);
        if (r > 0) {
            rearm(c, c->off < c->len ? EPOLLOUT : EPOLLIN);
            continue;
        }
        if (r < 0)
            fprintf(stderr, "client %d: %s\n", c->fd, strerror(errno));
        close(c->fd);
        free(c);
        if (r < 0)
            return NULL;
    }
}

static void add_client(int fd)
{
    client_t *c = malloc(sizeof *c);
    struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT, .data.ptr = c };

    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->len = c->off = 0;
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) != 0) {
        close(fd);
        free(c);
    }
}

int main(void)
{
    struct sockaddr_in sa = { .sin_family = AF_INET };
    pthread_t tid;
    int i, one = 1, ls = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(ls, (void *)&sa, sizeof sa) != 0 || listen(ls, 128) != 0) {
        perror("listen");
        return 1;
    }
    epfd = epoll_create1(EPOLL_CLOEXEC);
    for (i = 0; i < N_WORKERS; i++)
        if (pthread_create(&tid, NULL, worker, NULL) != 0)
            return 1;
    for (;;) {
        int fd = accept4(ls, NULL, NULL, SOCK_NONBLOCK);

        if (fd >= 0)
            add_client(fd);
        else
            usleep(30000);
    }
}
