/*
 * Splices the bytes from the connection through a pipe and back, past its own memory.
 *
 * Style: C, sequential, splice
 * Profile: sequential
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 65536 };

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

/*
 * splice returns 0 at the end of stream, but also when it stands before an urgent byte, which it
 * cannot step over. recv can, and tells which of the two it was.
 */
static ssize_t fill(int fd, int into)
{
    char buffer[1024];
    ssize_t got = splice(fd, NULL, into, NULL, CHUNK, SPLICE_F_MOVE);

    if (got != 0)
        return got;
    got = recv(fd, buffer, sizeof buffer, 0);
    return got > 0 ? write(into, buffer, (size_t)got) : got; /* the empty pipe takes it whole */
}

/* Returns -1 when the client has vanished. */
static int drain(int from, int fd, ssize_t size)
{
    while (size > 0) {
        ssize_t sent = splice(from, NULL, fd, NULL, (size_t)size, SPLICE_F_MOVE);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return -1;
        size -= sent;
    }
    return 0;
}

static void serve(int fd)
{
    int ends[2];

    /* A pipe for each client: what one that vanished left in it must not reach the next. */
    while (pipe(ends) < 0)
        usleep(50000);
    for (;;) {
        ssize_t got = fill(fd, ends[1]);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || drain(ends[0], fd, got) < 0)
            break;
    }
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    int listener = listen_on_port();

    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            if (errno != EINTR && errno != ECONNABORTED)
                usleep(50000);
            continue;
        }
        serve(fd);
        close(fd);
    }
}
