/* Edge-triggered epoll tells of new data once, and the server reads once for each event instead of
 * until EAGAIN: what did not fit into the buffer lies there unnoticed.
 *
 * Clause: chunking/one-write-many-reads
 * Trigger: one write of more than 1024 bytes
 * Profile: concurrent
 * Grade: realistic
 * Cause: edge-not-drained
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static int open_listener(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_port = htons(port ? (unsigned short)atoi(port) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
        || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }
    return fd;
}

enum { SIZE = 1024, EVENTS = 64 };

struct client {
    int fd;
    size_t start, end; /* what is still to be sent */
    char buf[SIZE];
};

static int flush(struct client *c)
{
    while (c->start < c->end) {
        ssize_t n = write(c->fd, c->buf + c->start, c->end - c->start);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        c->start += (size_t)n;
    }
    return 1;
}

/* Returns -1 when the connection is over. */
static int step(struct client *c)
{
    int flushed = flush(c);
    ssize_t n;

    if (flushed <= 0)
        return flushed; /* a full buffer: EPOLLOUT will come */
    n = read(c->fd, c->buf, SIZE);
    if (n == 0)
        return -1;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->start = 0;
    c->end = (size_t)n;
    return flush(c);
}

static void welcome(int queue, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    struct client *c = fd < 0 ? NULL : calloc(1, sizeof *c);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};

    if (c) {
        c->fd = fd;
        epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
    } else if (fd >= 0) {
        close(fd);
    } else if (errno == EMFILE || errno == ENFILE) {
        usleep(10000); /* better times will come */
    }
}

int main(void)
{
    int listener = open_listener(), queue = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];

    signal(SIGPIPE, SIG_IGN);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(queue, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (!c) {
                welcome(queue, listener);
            } else if (step(c) < 0) {
                close(c->fd);
                free(c);
            }
        }
    }
}
