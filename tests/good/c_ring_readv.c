/*
 * A fixed ring for one client at a time: readv fills its free part, writev empties the used one.
 *
 * Style: C, sequential, poll with readv and writev on a ring buffer
 * Profile: sequential
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SIZE = 100003 }; /* a prime: the ring wraps at every place */

static char ring[SIZE];

static int listen_on_port(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)(port ? atoi(port) : 0));
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

/* The stretch of the ring from start, size bytes long, in one part or two; returns how many. */
static int stretch(struct iovec parts[2], size_t start, size_t size)
{
    size_t straight = SIZE - start < size ? SIZE - start : size;

    parts[0] = (struct iovec){ring + start, straight};
    parts[1] = (struct iovec){ring, size - straight};
    return size > straight ? 2 : 1;
}

static int is_passing(void)
{
    return errno == EAGAIN || errno == EINTR;
}

static void serve(int fd)
{
    size_t start = 0, used = 0;
    int ended = 0;

    while (!ended || used > 0) {
        struct iovec parts[2];
        struct pollfd entry = {.fd = fd};

        if (!ended && used < SIZE)
            entry.events |= POLLIN;
        if (used > 0)
            entry.events |= POLLOUT;
        if (poll(&entry, 1, -1) < 0)
            continue;
        if ((entry.events & POLLIN) && (entry.revents & ~POLLOUT)) {
            int count = stretch(parts, (start + used) % SIZE, SIZE - used);
            ssize_t got = readv(fd, parts, count);
            if (got < 0 && !is_passing())
                return;
            if (got == 0)
                ended = 1;
            if (got > 0)
                used += (size_t)got;
        }
        if (used > 0) {
            ssize_t sent = writev(fd, parts, stretch(parts, start, used));
            if (sent < 0 && !is_passing())
                return;
            if (sent > 0) {
                start = (start + (size_t)sent) % SIZE;
                used -= (size_t)sent;
            }
        }
    }
}

int main(void)
{
    int listener = listen_on_port();

    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno != EINTR && errno != ECONNABORTED)
                usleep(50000);
            continue;
        }
        serve(fd);
        close(fd);
    }
}
