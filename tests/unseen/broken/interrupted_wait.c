/*
 * Bug: when epoll_wait() is interrupted (a stopped and continued process, a signal) it returns -1
 *     with EINTR; the server takes that for fatal and exits, and every connection is gone.
 * Cause: eintr-is-error
 * Caught by: resilience/pause-resume
 * Profile: concurrent
 * Port: 22004
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Conn Conn;
struct Conn {
    int fd;
    int off, len;
    char data[16 * 1024];
};

static int pollset;

static void arm(Conn *c, int how, unsigned events)
{
    struct epoll_event e = {.events = events, .data = {.ptr = c}};
    if (epoll_ctl(pollset, how, c->fd, &e) < 0)
        warn("epoll_ctl");
}

static void free_conn(Conn *c)
{
    close(c->fd);
    free(c);
}

static int fatal(ssize_t r)
{
    return r < 0 && errno != EAGAIN && errno != EINTR && errno != EWOULDBLOCK;
}

static void conn_ready(Conn *c)
{
    ssize_t r;

    if (c->len == 0) {
        r = recv(c->fd, c->data, sizeof c->data, 0);
        if (r == 0 || fatal(r)) {
            free_conn(c);
            return;
        }
        if (r < 0)
            return;
        c->off = 0;
        c->len = (int)r;
    }
    r = send(c->fd, c->data + c->off, (size_t)c->len, MSG_NOSIGNAL);
    if (fatal(r)) {
        free_conn(c);
        return;
    }
    if (r > 0) {
        c->off += (int)r;
        c->len -= (int)r;
    }
    arm(c, EPOLL_CTL_MOD, c->len > 0 ? EPOLLOUT : EPOLLIN);
}

static void accept_ready(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    Conn *c;

    if (fd < 0) {
        usleep(10000);
        return;
    }
    c = malloc(sizeof *c);
    if (c == NULL)
        err(1, "malloc");
    c->fd = fd;
    c->off = c->len = 0;
    arm(c, EPOLL_CTL_ADD, EPOLLIN);
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(22004),
                            .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct epoll_event ev[16], le = {.events = EPOLLIN};
    int l = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (struct sockaddr *)&a, sizeof a) < 0)
        err(1, "bind");
    listen(l, 256);
    pollset = epoll_create1(0);
    epoll_ctl(pollset, EPOLL_CTL_ADD, l, &le);
    while (1) {
        int n = epoll_wait(pollset, ev, 16, -1);
        if (n < 0)
            err(1, "epoll_wait");
        while (n-- > 0) {
            if (ev[n].data.ptr == NULL)
                accept_ready(l);
            else
                conn_ready(ev[n].data.ptr);
        }
    }
}
