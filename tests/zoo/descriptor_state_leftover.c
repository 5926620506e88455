/* The state of a client is kept in an array indexed by descriptor and not cleared when the
 * descriptor is used again: the unsent rest of a client who left goes to the next one.
 *
 * Clause: sessions/no-leftovers
 * Trigger: a client resets while its echo is stuck, then another one connects
 * Profile: concurrent
 * Grade: nasty
 * Cause: state-by-descriptor | leftover-of-earlier
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static int open_listener(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_port = htons(port ? (unsigned short)atoi(port) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
        || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }
    return fd;
}

enum { SIZE = 16384, CLIENTS = 512 };

/* Indexed by descriptor. */
static struct client {
    int open;
    size_t start, end; /* what is still to be sent */
    char buf[SIZE];
} clients[CLIENTS];

/* Returns 0 when the connection is over. */
static int step(int fd, struct client *c)
{
    ssize_t n;

    if (c->start == c->end) {
        n = read(fd, c->buf, SIZE);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        c->start = 0;
        c->end = (size_t)n;
    }
    n = write(fd, c->buf + c->start, c->end - c->start);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return 0;
    if (n > 0)
        c->start += (size_t)n;
    return 1;
}

static void welcome(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd >= CLIENTS)
        close(fd);
    else if (fd >= 0)
        clients[fd].open = 1;
    else if (errno == EMFILE || errno == ENFILE)
        usleep(10000); /* better times will come */
}

int main(void)
{
    int listener = open_listener();

    signal(SIGPIPE, SIG_IGN);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd polled[CLIENTS] = {{.fd = listener, .events = POLLIN}};
        nfds_t count = 1;
        for (int fd = 0; fd < CLIENTS; fd++)
            if (clients[fd].open) {
                short events = clients[fd].start < clients[fd].end ? POLLOUT : POLLIN;
                polled[count++] = (struct pollfd){.fd = fd, .events = events};
            }
        if (poll(polled, count, -1) < 0)
            continue;
        for (nfds_t i = 1; i < count; i++)
            if (polled[i].revents && !step(polled[i].fd, &clients[polled[i].fd])) {
                close(polled[i].fd);
                clients[polled[i].fd].open = 0;
            }
        if (polled[0].revents)
            welcome(listener);
    }
}
