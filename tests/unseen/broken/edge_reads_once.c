/*
 * Bug: connections are watched edge-triggered but read only once for each event; what did not fit
 *     into the buffer stays in the kernel until the client sends more.
 * Cause: edge-not-drained
 * Caught by: chunking/one-write-many-reads
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
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int listening_socket(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int on = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    sa.sin_port = htons(port != NULL ? (unsigned short)strtoul(port, NULL, 10) : 0);
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&sa, sizeof sa) == -1 || listen(s, SOMAXCONN) == -1) {
        perror("bind/listen");
        exit(EXIT_FAILURE);
    }
    return s;
}

static int write_everything(int fd, const char *p, size_t left)
{
    while (left > 0) {
        ssize_t n = write(fd, p, left);

        if (n >= 0) {
            p += n;
            left -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static int echo_some(int fd)
{
    char buffer[2048];
    ssize_t n = read(fd, buffer, sizeof buffer);

    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return n == 0 ? -1 : write_everything(fd, buffer, (size_t)n);
}

int main(void)
{
    int s = listening_socket(), ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ready[32];
    struct epoll_event l = {.events = EPOLLIN, .data.fd = s};

    signal(SIGPIPE, SIG_IGN);
    epoll_ctl(ep, EPOLL_CTL_ADD, s, &l);
    for (;;) {
        int n = epoll_wait(ep, ready, 32, -1);

        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;

            if (fd == s) {
                struct epoll_event c = {.events = EPOLLIN | EPOLLET};
                c.data.fd = accept4(s, NULL, NULL, SOCK_NONBLOCK);
                if (c.data.fd >= 0)
                    epoll_ctl(ep, EPOLL_CTL_ADD, c.data.fd, &c);
                else
                    usleep(1000);
            } else if (echo_some(fd) == -1) {
                close(fd);
            }
        }
    }
}
