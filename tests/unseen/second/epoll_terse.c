/*
 * Bug: the listener is watched edge-triggered, and only one client is accepted for each event, so
 *     of clients that come together all but one wait until somebody else connects.
 * Cause: wakeup-accepts-one
 * Also: edge-not-drained
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct conn { int fd; size_t off, len; char buf[5000]; };

static int ep;

static void watch(struct conn *c, int op, unsigned events)
{
    struct epoll_event e = {.events = events, .data.ptr = c};
    epoll_ctl(ep, op, c->fd, &e);
}

static int pump(struct conn *c)
{
    if (c->len == 0) {
        ssize_t n = recv(c->fd, c->buf, sizeof c->buf, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 1;
        if (n <= 0) return 0;
        c->off = 0;
        c->len = n;
    }
    ssize_t m = send(c->fd, c->buf + c->off, c->len, MSG_NOSIGNAL);
    if (m < 0 && errno != EAGAIN && errno != EINTR) return 0;
    if (m > 0) { c->off += m; c->len -= m; }
    watch(c, EPOLL_CTL_MOD, c->len ? EPOLLOUT : EPOLLIN);
    return 1;
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(getenv("PORT"))),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct conn door = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    setsockopt(door.fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(door.fd, (void *)&a, sizeof a) || listen(door.fd, 200)) return 1;
    ep = epoll_create1(0);
    watch(&door, EPOLL_CTL_ADD, EPOLLIN | EPOLLET);
    for (;;) {
        struct epoll_event ev[32];
        int n = epoll_wait(ep, ev, 32, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = ev[i].data.ptr;
            if (c == &door) {
                int fd = accept4(door.fd, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0) continue;
                c = calloc(1, sizeof *c);
                c->fd = fd;
                watch(c, EPOLL_CTL_ADD, EPOLLIN);
            } else if (!pump(c)) {
                close(c->fd);
                free(c);
            }
        }
    }
}
