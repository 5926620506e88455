/*
 * Bug: every error of epoll_wait() ends the program, also EINTR, which it returns after the process
 *     was stopped and continued.
 * Cause: eintr-is-error
 * Also: signal-breaks
 * Caught by: resilience/pause-resume
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 10240, BATCH = 16, BACKLOG = 256 };

struct client {
    int fd;
    uint32_t interest;
    size_t begin, end;
    unsigned char bytes[CHUNK];
};

static void set_interest(int ep, struct client *c, uint32_t interest)
{
    if (c->interest == interest)
        return;
    struct epoll_event ev = {.events = interest, .data = {.ptr = c}};
    if (epoll_ctl(ep, c->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &ev) < 0)
        warn("epoll_ctl");
    c->interest = interest;
}

static void welcome(int ep, int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(25000);
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            return;
        }
        struct client *c = calloc(1, sizeof *c);
        if (c == NULL || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
            free(c);
            close(fd);
            continue;
        }
        c->fd = fd;
        set_interest(ep, c, EPOLLIN);
    }
}

static int receive(struct client *c)
{
    ssize_t n;
    do
        n = recv(c->fd, c->bytes, CHUNK, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    if (n == 0)
        return -1;
    c->begin = 0;
    c->end = (size_t)n;
    return 0;
}

static int transmit(struct client *c)
{
    while (c->begin < c->end) {
        ssize_t n = send(c->fd, c->bytes + c->begin, c->end - c->begin, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        c->begin += (size_t)n;
    }
    return 0;
}

static void handle(int ep, struct client *c)
{
    if ((c->begin == c->end && receive(c) < 0) || transmit(c) < 0) {
        close(c->fd);
        free(c);
        return;
    }
    set_interest(ep, c, c->begin == c->end ? EPOLLIN : EPOLLOUT);
}

static int open_listener(uint16_t port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        err(1, "socket");
    if (bind(fd, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(fd, BACKLOG) < 0)
        err(1, "port %u", port);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

int main(void)
{
    struct client door = {.fd = open_listener((uint16_t)atoi(getenv("PORT")))};
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0)
        err(1, "epoll_create1");
    set_interest(ep, &door, EPOLLIN);
    for (;;) {
        struct epoll_event ready[BATCH];
        int n = epoll_wait(ep, ready, BATCH, -1);
        if (n < 0)
            err(1, "epoll_wait");
        for (int i = 0; i < n; i++) {
            struct client *c = ready[i].data.ptr;
            if (c == &door)
                welcome(ep, door.fd);
            else
                handle(ep, c);
        }
    }
}
