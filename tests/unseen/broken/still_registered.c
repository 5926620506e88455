/*
 * Bug: an empty read is passed over, and the descriptor stays in the epoll set, where it is ready
 *     again at once: a busy loop, and the connection is never closed.
 * Cause: spins-at-end
 * Also: never-closes, missing-break
 * Caught by: shutdown/after-echo, shutdown/releases
 * Profile: concurrent
 * Port: 22011
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 65536

struct conn { int fd; size_t pos, len; char bytes[SIZE]; };

static struct conn *pool[1024];
static int ep;

static void change(int fd, int op, unsigned mask)
{
    struct epoll_event e = {.events = mask, .data.fd = fd};
    epoll_ctl(ep, op, fd, &e);
}

static void gone(int fd)
{
    close(fd);
    pool[fd]->pos = pool[fd]->len = 0;
}

static void serve(int fd, unsigned events)
{
    struct conn *c = pool[fd];
    ssize_t n;

    if (c->pos == c->len && (events & (EPOLLIN | EPOLLERR | EPOLLHUP))) {
        n = recv(fd, c->bytes, SIZE, MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            gone(fd);
        if (n <= 0)
            return;
        c->pos = 0;
        c->len = (size_t)n;
    }
    n = send(fd, c->bytes + c->pos, c->len - c->pos, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        gone(fd);
        return;
    }
    c->pos += n > 0 ? (size_t)n : 0;
    change(fd, EPOLL_CTL_MOD, c->pos < c->len ? EPOLLOUT : EPOLLIN);
}

int main(void)
{
    static struct conn conns[1024];
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(22011)};
    struct epoll_event evs[128];
    int yes = 1, s = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(s, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(s, 128) < 0)
        return perror("listen"), 1;
    for (int i = 0; i < 1024; i++)
        pool[i] = &conns[i];
    ep = epoll_create1(0);
    change(s, EPOLL_CTL_ADD, EPOLLIN);
    while (1) {
        int n = epoll_wait(ep, evs, 128, -1);
        for (int i = 0; i < n; i++) {
            if (evs[i].data.fd != s) {
                serve(evs[i].data.fd, evs[i].events);
                continue;
            }
            int fd = accept(s, NULL, NULL);
            if (fd < 0 || fd >= 1024) {
                close(fd);
                usleep(10000);
                continue;
            }
            pool[fd]->pos = pool[fd]->len = 0;
            change(fd, EPOLL_CTL_ADD, EPOLLIN);
        }
    }
}
