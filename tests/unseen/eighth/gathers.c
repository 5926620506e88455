/*
 * Bug: all pieces that wait are given to one writev(), but it takes no more than IOV_MAX (1,024) of
 *     them: with more it fails (EINVAL), and the client is taken for dead. So many pieces wait only
 *     when a client does not read for a while.
 * Cause: gives-up-on-slow-reader
 * Also: would-block-closes
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECE = 600, QUEUE_LIMIT = 1500, CONNECTIONS = 1500 };

/* A piece is as long as one read; what has been sent of the first one is counted in `skip`. */
typedef struct {
    int fd;
    bool eof;
    size_t pieces, skip;
    struct iovec queue[QUEUE_LIMIT];
} conn_t;

static conn_t *conns[CONNECTIONS];
static size_t nconns;

static void conn_free(conn_t *c)
{
    for (size_t i = 0; i < c->pieces; i++)
        free(c->queue[i].iov_base);
    close(c->fd);
    free(c);
}

static void queue_consume(conn_t *c, size_t n)
{
    size_t gone = 0;

    n += c->skip;
    while (gone < c->pieces && n >= c->queue[gone].iov_len) {
        n -= c->queue[gone].iov_len;
        free(c->queue[gone++].iov_base);
    }
    c->skip = n;
    c->pieces -= gone;
    memmove(c->queue, c->queue + gone, c->pieces * sizeof *c->queue);
}

static bool conn_flush(conn_t *c)
{
    struct iovec out[QUEUE_LIMIT];
    ssize_t n;

    if (c->pieces == 0)
        return true;
    memcpy(out, c->queue, c->pieces * sizeof *out);
    out[0].iov_base = (char *)out[0].iov_base + c->skip;
    out[0].iov_len -= c->skip;
    n = writev(c->fd, out, (int)c->pieces);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    queue_consume(c, (size_t)n);
    return true;
}

static bool conn_read(conn_t *c)
{
    bool idle = c->pieces == 0;

    while (c->pieces < QUEUE_LIMIT) {
        char *piece = malloc(PIECE);
        ssize_t n;

        if (piece == NULL)
            return false;
        n = read(c->fd, piece, PIECE);
        if (n <= 0) {
            free(piece);
            c->eof = n == 0;
            return (n == 0 || errno == EAGAIN || errno == EINTR) && (!idle || conn_flush(c));
        }
        c->queue[c->pieces++] = (struct iovec){piece, (size_t)n};
        if (idle && c->pieces == 64)
            return conn_flush(c);
    }
    return true;
}

static void conn_new(int fd)
{
    conn_t *c = nconns < CONNECTIONS ? calloc(1, sizeof *c) : NULL;

    if (c == NULL) {
        close(fd);
        return;
    }
    c->fd = fd;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    conns[nconns++] = c;
}

static bool conn_serve(conn_t *c, short happened)
{
    if (!c->eof && c->pieces < QUEUE_LIMIT && (happened & (POLLIN | POLLHUP | POLLERR)))
        if (!conn_read(c))
            return false;
    if ((happened & (POLLOUT | POLLERR)) && !conn_flush(c))
        return false;
    return !(c->eof && c->pieces == 0);
}

int main(void)
{
    static struct pollfd set[CONNECTIONS + 1];
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int on = 1, door = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((in_port_t)strtoul(getenv("PORT"), NULL, 10));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    fcntl(door, F_SETFL, O_NONBLOCK);
    if (bind(door, (void *)&addr, sizeof addr) || listen(door, SOMAXCONN)) {
        perror("gathers");
        return EXIT_FAILURE;
    }
    for (;;) {
        size_t n = nconns, kept = 0;

        set[0] = (struct pollfd){.fd = door, .events = POLLIN};
        for (size_t i = 0; i < n; i++) {
            conn_t *c = conns[i];
            short wanted = 0;

            if (!c->eof && c->pieces < QUEUE_LIMIT)
                wanted |= POLLIN;
            if (c->pieces > 0)
                wanted |= POLLOUT;
            set[i + 1] = (struct pollfd){.fd = c->fd, .events = wanted};
        }
        if (poll(set, n + 1, -1) < 0)
            continue;
        for (size_t i = 0; i < n; i++) {
            if (set[i + 1].revents && !conn_serve(conns[i], set[i + 1].revents))
                conn_free(conns[i]);
            else
                conns[kept++] = conns[i];
        }
        nconns = kept;
        if (set[0].revents) {
            int fd = accept(door, NULL, NULL);

            if (fd >= 0)
                conn_new(fd);
            else if (errno == EMFILE || errno == ENFILE)
                usleep(30000);
        }
    }
}
