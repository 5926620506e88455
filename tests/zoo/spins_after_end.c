/* After the end of the stream the server sends its FIN but leaves the socket in the poll set,
 * where it is readable for ever: poll() returns at once and one core burns.
 *
 * Clause: shutdown/no-spin
 * Trigger: a client half-closes or leaves
 * Profile: concurrent
 * Grade: realistic
 * Cause: spins-at-end
 * Beside: descriptor-leak
 * Beside: never-closes
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

struct client {
    char buf[SIZE];
    size_t start, end; /* what is still to be sent */
};

static struct client clients[CLIENTS];
static struct pollfd polled[CLIENTS];
static int count = 1; /* number 0 is the listener */

/* Returns 0 when the connection is over. */
static int step(struct pollfd *p, struct client *c)
{
    ssize_t n;

    if (c->start == c->end) {
        n = read(p->fd, c->buf, SIZE);
        if (n == 0)
            return shutdown(p->fd, SHUT_WR), 1; /* dismissed when an error shows it is gone */
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        c->start = 0;
        c->end = (size_t)n;
    }
    n = write(p->fd, c->buf + c->start, c->end - c->start);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return 0;
    if (n > 0)
        c->start += (size_t)n;
    p->events = c->start < c->end ? POLLOUT : POLLIN;
    return 1;
}

static void welcome(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(10000); /* better times will come */
        return;
    }
    clients[count].start = clients[count].end = 0;
    polled[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void dismiss(int i)
{
    close(polled[i].fd);
    polled[i] = polled[--count];
    clients[i] = clients[count];
}

int main(void)
{
    int listener = open_listener();

    signal(SIGPIPE, SIG_IGN);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    polled[0] = (struct pollfd){.fd = listener};
    for (;;) {
        polled[0].events = count < CLIENTS ? POLLIN : 0;
        if (poll(polled, (nfds_t)count, -1) < 0)
            continue;
        for (int i = count - 1; i > 0; i--)
            if (polled[i].revents && !step(&polled[i], &clients[i]))
                dismiss(i);
        if (polled[0].revents)
            welcome(listener);
    }
}
