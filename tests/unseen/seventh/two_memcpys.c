/*
 * Bug: where a read does not fit before the end of the ring, the second memcpy() copies the
 *     beginning of the read again and not its rest, so the bytes after the wrap are wrong.
 * Cause: ring-wrap
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING_SIZE 5000
#define MAX_PEERS 400

typedef struct {
    unsigned char store[RING_SIZE];
    size_t read_at, count;
} ring;

typedef struct {
    int fd;
    int finished;
    ring r;
} peer;

static peer *peers[MAX_PEERS];
static int n_peers;

static size_t min_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void ring_put(ring *r, const unsigned char *src, size_t n)
{
    size_t write_at = (r->read_at + r->count) % RING_SIZE;
    size_t first = min_of(n, RING_SIZE - write_at);

    memcpy(r->store + write_at, src, first);
    if (n > first)
        memcpy(r->store, src, n - first);
    r->count += n;
}

static size_t ring_span(const ring *r)
{
    return min_of(r->count, RING_SIZE - r->read_at);
}

static void ring_skip(ring *r, size_t n)
{
    r->read_at = (r->read_at + n) % RING_SIZE;
    r->count -= n;
}

static int pump_in(peer *p)
{
    unsigned char tmp[RING_SIZE];
    ssize_t n = recv(p->fd, tmp, RING_SIZE - p->r.count, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        p->finished = 1;
    ring_put(&p->r, tmp, (size_t)n);
    return 0;
}

static int pump_out(peer *p)
{
    while (p->r.count > 0) {
        ssize_t n = send(p->fd, p->r.store + p->r.read_at, ring_span(&p->r), MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        ring_skip(&p->r, (size_t)n);
    }
    return 0;
}

static void accept_peer(int listener)
{
    int fd = accept(listener, NULL, NULL);
    peer *p;

    if (fd < 0) {
        usleep(20000);
        return;
    }
    p = n_peers < MAX_PEERS ? calloc(1, sizeof *p) : NULL;
    if (p == NULL) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    p->fd = fd;
    peers[n_peers++] = p;
}

static short interest(const peer *p)
{
    short want = 0;

    if (!p->finished && p->r.count < RING_SIZE)
        want |= POLLIN;
    if (p->r.count > 0)
        want |= POLLOUT;
    return want;
}

int main(void)
{
    static struct pollfd set[MAX_PEERS + 1];
    struct sockaddr_in sin = {0};
    int i, yes = 1;

    sin.sin_family = AF_INET;
    sin.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set[MAX_PEERS].fd = -1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(listener, 50) < 0) {
        perror("two_memcpys");
        return 1;
    }
    for (;;) {
        for (i = 0; i < n_peers; i++) {
            set[i].fd = peers[i]->fd;
            set[i].events = interest(peers[i]);
        }
        set[n_peers].fd = listener;
        set[n_peers].events = POLLIN;
        if (poll(set, (nfds_t)n_peers + 1, -1) <= 0)
            continue;
        int newcomer = set[n_peers].revents;
        for (i = n_peers - 1; i >= 0; i--) {
            peer *p = peers[i];
            int bad = 0;

            if (set[i].revents == 0)
                continue;
            if ((set[i].events & POLLIN) && (set[i].revents & (POLLIN | POLLERR | POLLHUP)))
                bad = pump_in(p);
            if (!bad)
                bad = pump_out(p);
            if (bad || (p->finished && p->r.count == 0)) {
                close(p->fd);
                free(p);
                peers[i] = peers[--n_peers];
            }
        }
        if (newcomer)
            accept_peer(listener);
    }
}
