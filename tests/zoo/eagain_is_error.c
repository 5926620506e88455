/* The sockets do not block, but the loop that writes takes EAGAIN, which only says that the buffer
 * is full for now, for a broken connection and closes it.
 *
 * Clause: partial-send/stalled-reader
 * Trigger: a client that stops reading while it sends
 * Profile: concurrent
 * Grade: realistic
 * Cause: would-block-closes
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

static int send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

enum { SIZE = 16384, CLIENTS = 512 };

static struct pollfd polled[CLIENTS];
static int count = 1; /* number 0 is the listener */

/* Returns 0 when the connection is over. */
static int step(int fd)
{
    char buf[SIZE];
    ssize_t n = read(fd, buf, sizeof buf);

    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    return send_all(fd, buf, (size_t)n) == 0;
}

static void welcome(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(10000); /* better times will come */
        return;
    }
    polled[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void dismiss(int i)
{
    close(polled[i].fd);
    polled[i] = polled[--count];
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
            if (polled[i].revents && !step(polled[i].fd))
                dismiss(i);
        if (polled[0].revents)
            welcome(listener);
    }
}
