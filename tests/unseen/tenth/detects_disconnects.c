/* Bug: EPOLLRDHUP is looked at before EPOLLIN and closes the connection, so a client that sends
 *     its data and ends its side directly gets no answer, or only the begin of it.
 * Cause: half-close-ends-at-once, end-with-data-lost
 * Also: pending-dropped-at-end
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXEVENTS 64
#define BUFSIZE 16384

struct conn {
    int fd;
    int len;
    int off;
    char buf[BUFSIZE];
};

static int set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL, 0);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static void close_conn(struct conn *c)
{
    close(c->fd);
    free(c);
}

static void arm(int efd, int op, struct conn *c)
{
    struct epoll_event ev;
    /* one buffer for each client: while it waits to be written nothing is read */
    ev.events = (c->len > 0 ? EPOLLOUT : EPOLLIN) | EPOLLRDHUP;
    ev.data.ptr = c;
    epoll_ctl(efd, op, c->fd, &ev);
}

static void on_accept(int efd, int sfd)
{
    struct conn *c;
    int fd = accept(sfd, NULL, NULL);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(5000);
        return;
    }
    if (set_nonblocking(fd) < 0 || (c = malloc(sizeof *c)) == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->len = c->off = 0;
    arm(efd, EPOLL_CTL_ADD, c);
}

static int on_ready(struct conn *c, unsigned what)
{
    ssize_t n;

    if ((what & EPOLLIN) && c->len == 0) {
        n = read(c->fd, c->buf, sizeof c->buf);
        if (n == 0)
            return -1;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        c->len = (int)n;
        c->off = 0;
    }
    if (c->len > 0) {
        n = write(c->fd, c->buf + c->off, (size_t)(c->len - c->off));
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        c->off += (int)n;
        if (c->off == c->len)
            c->len = 0;
    }
    return 0;
}

int main(void)
{
    struct epoll_event events[MAXEVENTS], ev;
    struct sockaddr_in a;
    int yes = 1, efd, sfd = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    memset(&a, 0, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(sfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(sfd, (struct sockaddr *)&a, sizeof a) < 0 || listen(sfd, SOMAXCONN) < 0) {
        perror("server socket");
        return 1;
    }
    set_nonblocking(sfd);
    efd = epoll_create1(0);
    ev.events = EPOLLIN;
    ev.data.ptr = NULL;
    epoll_ctl(efd, EPOLL_CTL_ADD, sfd, &ev);

    for (;;) {
        int n = epoll_wait(efd, events, MAXEVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (c == NULL) {
                on_accept(efd, sfd);
                continue;
            }
            if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
                close_conn(c);
                continue;
            }
            if (on_ready(c, events[i].events) < 0)
                close_conn(c);
            else
                arm(efd, EPOLL_CTL_MOD, c);
        }
    }
}
