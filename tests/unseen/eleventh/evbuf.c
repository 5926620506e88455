/* Bug: when the buffer is compacted its start is set to 0 before the bytes are moved by it, so they
 *     stay where they are, and what was sent long ago lies at the begin in place of them.
 * Cause: ring-wrap, buffer-overwritten
 * Also: stale-buffer
 * Beside: spins-at-accept
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNS 4000
#define BUF_CAP 65536
#define BUF_MIN_ROOM 4096

struct evbuf {
    unsigned char *data;
    size_t start, end;
};

struct conn {
    struct evbuf out;
    bool eof;
};

static struct pollfd fds[MAX_CONNS + 1];
static struct conn *conns[MAX_CONNS + 1];
static int nfds = 1;

static size_t evbuf_len(const struct evbuf *b) { return b->end - b->start; }

static size_t evbuf_room(const struct evbuf *b) { return BUF_CAP - b->end; }

/* Make room at the end by moving what is there to the front. */
static void evbuf_compact(struct evbuf *b)
{
    if (b->start == 0)
        return;
    size_t len = evbuf_len(b);
    b->start = 0;
    b->end = len;
    memmove(b->data, b->data + b->start, len);
}

static void evbuf_drain(struct evbuf *b, size_t n)
{
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

static ssize_t evbuf_read(struct evbuf *b, int fd)
{
    if (evbuf_room(b) < BUF_MIN_ROOM)
        evbuf_compact(b);
    ssize_t n = recv(fd, b->data + b->end, evbuf_room(b), MSG_DONTWAIT);
    if (n > 0)
        b->end += (size_t)n;
    return n;
}

static ssize_t evbuf_write(struct evbuf *b, int fd)
{
    ssize_t n = send(fd, b->data + b->start, evbuf_len(b), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        evbuf_drain(b, (size_t)n);
    return n;
}

static bool transient(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

static void conn_open(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    struct conn *c = nfds <= MAX_CONNS ? calloc(1, sizeof *c) : NULL;
    if (c == NULL || (c->out.data = malloc(BUF_CAP)) == NULL) {
        free(c);
        close(fd);
        return;
    }
    fds[nfds] = (struct pollfd){.fd = fd, .events = POLLIN};
    conns[nfds++] = c;
}

static void conn_close(int i)
{
    close(fds[i].fd);
    free(conns[i]->out.data);
    free(conns[i]);
    nfds--;
    fds[i] = fds[nfds];
    conns[i] = conns[nfds];
}

/* False when the connection is at its end. */
static bool conn_handle(struct conn *c, struct pollfd *p)
{
    if (!c->eof && (p->revents & (POLLIN | POLLHUP | POLLERR))) {
        ssize_t n = evbuf_read(&c->out, p->fd);
        if (n == 0)
            c->eof = true;
        else if (n < 0 && !transient())
            return false;
    }
    if (evbuf_len(&c->out) > 0 && evbuf_write(&c->out, p->fd) < 0 && !transient())
        return false;
    size_t waiting = evbuf_len(&c->out);
    p->events = 0;
    if (!c->eof && waiting < BUF_CAP - BUF_MIN_ROOM)
        p->events |= POLLIN;
    if (waiting > 0)
        p->events |= POLLOUT;
    return p->events != 0;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 7000)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 512) < 0) {
        perror("listen");
        return 1;
    }
    fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(fds, (nfds_t)nfds, -1) < 0)
            continue;
        for (int i = nfds - 1; i > 0; i--)
            if (fds[i].revents != 0 && !conn_handle(conns[i], &fds[i]))
                conn_close(i);
        if (fds[0].revents & POLLIN)
            conn_open(listener);
    }
}
