/* What does not fit at the end of the ring buffer goes to its start, but is copied from the
 * beginning of the data again instead of from where the first part ended.
 *
 * Clause: chunking/cumulative
 * Trigger: a read that lies across a multiple of 65536 bytes
 * Profile: sequential
 * Grade: nasty
 * Cause: ring-wrap
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

enum { RING = 65536 };

struct ring {
    char data[RING];
    size_t head, used; /* where the oldest byte is, and how many there are */
};

static void put(struct ring *r, const char *data, size_t size)
{
    size_t tail = (r->head + r->used) % RING;
    size_t first = size < RING - tail ? size : RING - tail;

    memcpy(r->data + tail, data, first);
    memcpy(r->data, data, size - first);
    r->used += size;
}

static int drain(struct ring *r, int fd)
{
    while (r->used > 0) {
        size_t part = r->used < RING - r->head ? r->used : RING - r->head;
        if (send_all(fd, r->data + r->head, part) < 0)
            return -1;
        r->head = (r->head + part) % RING;
        r->used -= part;
    }
    return 0;
}

static void serve(int fd)
{
    static struct ring ring;
    char buf[1024];
    ssize_t n;

    ring.head = ring.used = 0;
    while ((n = read_some(fd, buf, sizeof buf)) > 0) {
        put(&ring, buf, (size_t)n);
        if (drain(&ring, fd) < 0)
            return;
    }
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
