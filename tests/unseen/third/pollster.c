/*
 * Bug: when the socket has no room (EAGAIN), the loop that sends ends as if all were sent, and the
 *     rest of the read is thrown away.
 * Cause: would-block-dropped
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SLOTS = 256 };

static int echo_once(int fd)
{
    char buf[10000];
    char *at = buf;
    ssize_t left = recv(fd, buf, sizeof buf, 0);

    if (left == 0)
        return -1;
    if (left < 0)
        return errno == EAGAIN ? 0 : -1;
    while (left > 0) {
        ssize_t n = send(fd, at, left, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;              /* try again later */
        if (n < 0)
            return -1;
        at += n;
        left -= n;
    }
    return 0;
}

static int take_slot(struct pollfd *p, int fd)
{
    for (int i = 1; i < SLOTS; i++)
        if (p[i].fd < 0) {
            p[i].fd = fd;
            p[i].revents = 0;
            return 1;
        }
    return 0;
}

int main(void)
{
    struct pollfd p[SLOTS];
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(atoi(getenv("PORT"))),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;

    for (int i = 0; i < SLOTS; i++)
        p[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    p[0].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(p[0].fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(p[0].fd, (struct sockaddr *)&in, sizeof in) < 0)
        return 1;
    listen(p[0].fd, SOMAXCONN);

    while (1) {
        if (poll(p, SLOTS, -1) < 0)
            continue;
        for (int i = 1; i < SLOTS; i++)
            if (p[i].fd >= 0 && p[i].revents && echo_once(p[i].fd) < 0) {
                close(p[i].fd);
                p[i].fd = -1;
            }
        if (p[0].revents) {
            int fd = accept4(p[0].fd, NULL, NULL, SOCK_NONBLOCK);
            if (fd >= 0 && !take_slot(p, fd))
                close(fd);
            if (fd < 0 && errno != EAGAIN)
                usleep(100000);
        }
    }
}
