/* Bug: what send() could not take is kept only when it took nothing (EAGAIN); when it took a part,
 *     its count is not looked at and the rest is lost.
 * Cause: short-send-ignored
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAXFD 4096
#define CHUNK 16384

struct conn {
    int eof;
    size_t off, len; /* what waits in data */
    char data[CHUNK];
};

static struct pollfd fds[MAXFD];
static struct conn *conns[MAXFD];
static nfds_t nfds = 1;

static void conn_close(nfds_t i)
{
    close(fds[i].fd);
    free(conns[i]);
    nfds--;
    fds[i] = fds[nfds];
    conns[i] = conns[nfds];
}

/* Returns -1 when the connection is to be closed. */
static int conn_write(struct conn *c, int fd)
{
    if (c->len > 0) {
        if (send(fd, c->data + c->off, c->len, 0) < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        c->off = c->len = 0;
    }
    return c->eof ? -1 : 0;
}

static int conn_read(struct conn *c, int fd)
{
    ssize_t n = recv(fd, c->data, sizeof c->data, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        c->eof = 1;
    c->len = (size_t)n;
    c->off = 0;
    return conn_write(c, fd);
}

static void accept_one(int lfd)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
    struct conn *c;

    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR)
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        return;
    }
    if (nfds == MAXFD || !(c = calloc(1, sizeof *c))) {
        close(fd);
        return;
    }
    fds[nfds] = (struct pollfd){.fd = fd, .events = POLLIN};
    conns[nfds++] = c;
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    int on = 1, lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    signal(SIGPIPE, SIG_IGN);
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sa.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(lfd, 512) < 0) {
        perror("listen");
        return 1;
    }
    fds[0] = (struct pollfd){.fd = lfd, .events = POLLIN};
    for (;;) {
        if (poll(fds, nfds, -1) < 0)
            continue;
        for (nfds_t i = nfds; i-- > 1;) {
            struct conn *c = conns[i];
            int r = 0;

            if (!fds[i].revents)
                continue;
            r = c->len > 0 ? conn_write(c, fds[i].fd) : conn_read(c, fds[i].fd);
            if (r < 0)
                conn_close(i);
            else
                fds[i].events = c->len > 0 ? POLLOUT : POLLIN;
        }
        if (fds[0].revents & POLLIN)
            accept_one(lfd);
    }
}
