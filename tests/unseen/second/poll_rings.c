/*
 * Bug: the ring of a client may be filled to its last byte, and then head equals tail, which
 *     means "empty": 6000 bytes are forgotten when a slow reader has filled the ring.
 * Cause: ring-wrap
 * Also: stalled-output-dropped
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING 6000
#define MAX_CLIENTS 1000

typedef struct {
    char data[RING];
    int head; /* where the next byte is written */
    int tail; /* where the next byte is read */
    int ended;
} ring_t;

static struct pollfd fds[MAX_CLIENTS];
static ring_t *rings[MAX_CLIENTS];
static int count = 1;

static int ring_used(const ring_t *r) { return (r->head - r->tail + RING) % RING; }
static int ring_free(const ring_t *r) { return RING - ring_used(r); }
static int min(int a, int b) { return a < b ? a : b; }

/* Returns -1 when the connection is broken. */
static int fill(int fd, ring_t *r)
{
    int room = min(min(ring_free(r), RING - r->head), 2048);
    ssize_t n = recv(fd, r->data + r->head, room, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        r->ended = 1;
    r->head = (r->head + n) % RING;
    return 0;
}

static int drain(int fd, ring_t *r)
{
    while (ring_used(r) > 0) {
        ssize_t n = send(fd, r->data + r->tail, min(ring_used(r), RING - r->tail), 0);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        r->tail = (r->tail + n) % RING;
    }
    return 0;
}

static void add_client(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(20000);
        return;
    }
    if (count == MAX_CLIENTS) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fds[count].fd = fd;
    fds[count].events = POLLIN;
    fds[count].revents = 0;
    rings[count++] = calloc(1, sizeof(ring_t));
}

static void remove_client(int i)
{
    close(fds[i].fd);
    free(rings[i]);
    count--;
    fds[i] = fds[count];
    rings[i] = rings[count];
}

static int serve(int i)
{
    ring_t *r = rings[i];
    if ((fds[i].revents & (POLLERR | POLLNVAL)))
        return -1;
    if ((fds[i].revents & POLLIN) && !r->ended && fill(fds[i].fd, r) < 0)
        return -1;
    if (drain(fds[i].fd, r) < 0)
        return -1;
    if (r->ended && ring_used(r) == 0)
        return -1;
    fds[i].events = (r->ended ? 0 : POLLIN) | (ring_used(r) ? POLLOUT : 0);
    return 0;
}

int main(void)
{
    int one = 1;
    struct sockaddr_in addr;
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(atoi(getenv("PORT")));
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 128) < 0)
        return 1;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    fds[0].fd = listener;
    fds[0].events = POLLIN;
    for (;;) {
        if (poll(fds, count, -1) < 0)
            continue;
        for (int i = count - 1; i > 0; i--)
            if (fds[i].revents && serve(i) < 0)
                remove_client(i);
        if (fds[0].revents)
            add_client(listener);
    }
}
