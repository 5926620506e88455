/*
 * Bug: the listener is watched edge-triggered and accept() is called once for each event; of two
 *     clients who come in the same moment the second is never accepted until a third comes.
 * Cause: wakeup-accepts-one
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: 22001
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

#define PORT 22001
#define MAX_EVENTS 64
#define BUF_SIZE 4096

struct client {
    int fd;
    size_t start, end;
    char buf[BUF_SIZE];
};

static int epfd;

static int watch(struct client *c, int op)
{
    struct epoll_event ev = {.data.ptr = c};

    ev.events = c->start < c->end ? EPOLLOUT : EPOLLIN;
    return epoll_ctl(epfd, op, c->fd, &ev);
}

static void new_client(int fd)
{
    struct client *c = calloc(1, sizeof *c);

    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    watch(c, EPOLL_CTL_ADD);
}

static void drop(struct client *c)
{
    close(c->fd);
    free(c);
}

static void serve(struct client *c)
{
    ssize_t n;

    if (c->start == c->end) {
        n = read(c->fd, c->buf, BUF_SIZE);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            drop(c);
            return;
        }
        if (n < 0)
            return;
        c->start = 0;
        c->end = (size_t)n;
    }
    n = write(c->fd, c->buf + c->start, c->end - c->start);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        drop(c);
        return;
    }
    if (n > 0)
        c->start += (size_t)n;
    watch(c, EPOLL_CTL_MOD);
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    struct epoll_event events[MAX_EVENTS], ev = {.events = EPOLLIN | EPOLLET};
    int one = 1, sfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    signal(SIGPIPE, SIG_IGN);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(sfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(sfd, (struct sockaddr *)&addr, sizeof addr) != 0 || listen(sfd, 128) != 0)
        err(1, "port %d", PORT);
    epfd = epoll_create1(0);
    ev.data.ptr = NULL;
    epoll_ctl(epfd, EPOLL_CTL_ADD, sfd, &ev);
    for (;;) {
        int n = epoll_wait(epfd, events, MAX_EVENTS, -1);

        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr != NULL) {
                serve(events[i].data.ptr);
                continue;
            }
            int fd = accept4(sfd, NULL, NULL, SOCK_NONBLOCK);
            if (fd >= 0) {
                new_client(fd);
            } else if (errno == EMFILE) {
                usleep(20000);
                epoll_ctl(epfd, EPOLL_CTL_MOD, sfd, &ev);
            }
        }
    }
}
