/* Bug: a piece that is larger than the buffer of the writer goes to the socket directly, and what the
 *     buffer holds already goes after it.
 * Cause: queue-order
 * Also: answers-overtake
 * Profile: sequential
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_CHUNK 16384
#define WRITER_CAP 4096

/* Gathers small writes, so that they go out in one segment. */
struct writer {
    int fd;
    size_t n;
    char buf[WRITER_CAP];
};

static int write_all(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int writer_flush(struct writer *w)
{
    size_t n = w->n;
    w->n = 0;
    return write_all(w->fd, w->buf, n);
}

static int writer_put(struct writer *w, const char *data, size_t len)
{
    if (len >= WRITER_CAP)
        return write_all(w->fd, data, len);
    if (w->n + len > WRITER_CAP && writer_flush(w) < 0)
        return -1;
    memcpy(w->buf + w->n, data, len);
    w->n += len;
    return 0;
}

static int input_waits(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static void serve(int fd)
{
    static char chunk[READ_CHUNK];
    struct writer out = {.fd = fd};
    for (;;) {
        ssize_t n = recv(fd, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (writer_put(&out, chunk, (size_t)n) < 0)
            return;
        if (!input_waits(fd) && writer_flush(&out) < 0)
            return;
    }
    writer_flush(&out);
}

int main(void)
{
    struct sockaddr_in addr;
    int listener, yes = 1;

    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(getenv("PORT")));

    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 128) < 0) {
        perror("bufwriter");
        return 1;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        serve(fd);
        close(fd);
    }
}
