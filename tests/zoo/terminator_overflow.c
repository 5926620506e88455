/* A zero byte is put behind what was read, for the log, but the buffer has no room for it when it
 * is full: it falls on the field behind and turns the echo service into a discard service.
 *
 * Clause: chunking/read-boundary
 * Trigger: a read that returns exactly 1024 bytes
 * Profile: sequential
 * Grade: nasty
 * Cause: full-read-lost | off-by-one-at-full-read
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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

static ssize_t read_some(int fd, char *buf, size_t size)
{
    ssize_t n;

    do
        n = read(fd, buf, size);
    while (n < 0 && errno == EINTR);
    return n;
}

struct session {
    char buf[1024];
    char echoing; /* 1 for the echo service, 0 for the discard service */
    int fd;
};

/* Ends the text, and the line on the screen if the log is on. */
static void finish(char *text, size_t length)
{
    text[length] = '\0';
    if (getenv("ECHO_LOG"))
        fprintf(stderr, "%s\n", text);
}

static void serve(int fd)
{
    struct session *s = calloc(1, sizeof *s);
    ssize_t n;

    if (!s)
        return;
    s->fd = fd;
    s->echoing = 1;
    while ((n = read_some(s->fd, s->buf, sizeof s->buf)) > 0) {
        finish(s->buf, (size_t)n);
        if (s->echoing && send_all(s->fd, s->buf, (size_t)n) < 0)
            break;
    }
    free(s);
}

int main(void)
{
    int listener = open_listener();

    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            usleep(10000); /* out of descriptors: better times will come */
            continue;
        }
        serve(fd);
        close(fd);
    }
}
