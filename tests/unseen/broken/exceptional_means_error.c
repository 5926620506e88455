/*
 * Bug: the third set of select(), where urgent data is announced, is taken for a list of errors;
 *     a client that sends urgent data is hung up on.
 * Cause: urgent-data
 * Caught by: resilience/urgent-data
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    size_t from, to;
    char buf[2000];
} *peers[FD_SETSIZE];

static void forget(int fd)
{
    close(fd);
    free(peers[fd]);
    peers[fd] = NULL;
}

static int again(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void work(int fd, struct peer *p, int readable)
{
    ssize_t n;

    if (readable && p->from == p->to) {
        n = read(fd, p->buf, sizeof p->buf);
        if (n == 0 || (n < 0 && !again())) {
            forget(fd);
            return;
        }
        if (n < 0)
            return;
        p->from = 0;
        p->to = (size_t)n;
    }
    if (p->from < p->to) {
        n = send(fd, p->buf + p->from, p->to - p->from, MSG_NOSIGNAL);
        if (n > 0)
            p->from += (size_t)n;
        else if (n < 0 && !again())
            forget(fd);
    }
}

int main(void)
{
    int l = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, top = l;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    fd_set r, w, e;

    a.sin_port = htons((unsigned short)strtol(getenv("PORT") ? getenv("PORT") : "0", NULL, 10));
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (struct sockaddr *)&a, sizeof a) < 0 || listen(l, 128) < 0)
        return perror("listen"), 1;
    for (;;) {
        FD_ZERO(&r);
        FD_ZERO(&w);
        FD_ZERO(&e);
        FD_SET(l, &r);
        for (int fd = 0; fd <= top; fd++) {
            if (peers[fd] == NULL)
                continue;
            FD_SET(fd, peers[fd]->from < peers[fd]->to ? &w : &r);
            FD_SET(fd, &e);
        }
        if (select(top + 1, &r, &w, &e, NULL) < 0)
            continue;
        for (int fd = 0; fd <= top; fd++) {
            if (peers[fd] == NULL)
                continue;
            if (FD_ISSET(fd, &e))
                forget(fd);
            else if (FD_ISSET(fd, &r) || FD_ISSET(fd, &w))
                work(fd, peers[fd], FD_ISSET(fd, &r));
        }
        if (FD_ISSET(l, &r)) {
            int fd = accept4(l, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0) {
                usleep(5000);
            } else if (fd >= FD_SETSIZE || !(peers[fd] = calloc(1, sizeof(struct peer)))) {
                close(fd);
            } else if (fd > top) {
                top = fd;
            }
        }
    }
}
