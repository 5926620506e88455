/*
 * Bug: the two positions of a ring are counters of 16 bits, reduced by the ring's size when used;
 *     the size does not divide 65536, so where the counters wrap bytes that still wait are
 *     overwritten.
 * Cause: ring-wrap
 * Also: counter-wraps
 * Profile: concurrent
 * Port: 20107
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 20107
#define RING 60000
#define PIECE 16384
#define MAX_CLIENTS 1200

struct ring {
    uint16_t in, out;
    uint8_t cells[RING];
};

struct client {
    struct ring ring;
    int ended;
};

static struct pollfd polled[MAX_CLIENTS + 1];
static struct client *clients[MAX_CLIENTS + 1];
static nfds_t polled_count;

static size_t ring_used(const struct ring *r)
{
    return (uint16_t)(r->in - r->out);
}

static size_t ring_room(const struct ring *r)
{
    return RING - ring_used(r);
}

static void ring_put(struct ring *r, const uint8_t *from, size_t n)
{
    while (n--)
        r->cells[r->in++ % RING] = *from++;
}

static size_t ring_peek(const struct ring *r, uint8_t *to, size_t max)
{
    size_t n = ring_used(r), i;
    uint16_t at = r->out;

    if (n > max)
        n = max;
    for (i = 0; i < n; i++)
        to[i] = r->cells[at++ % RING];
    return n;
}

static int fill(int fd, struct client *c)
{
    uint8_t piece[PIECE];
    size_t room = ring_room(&c->ring);
    ssize_t n = recv(fd, piece, room < PIECE ? room : PIECE, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        c->ended = 1;
    ring_put(&c->ring, piece, (size_t)n);
    return 0;
}

static int drain(int fd, struct client *c)
{
    uint8_t piece[PIECE];
    size_t ready = ring_peek(&c->ring, piece, sizeof piece);
    ssize_t n = send(fd, piece, ready, MSG_NOSIGNAL);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    c->ring.out = (uint16_t)(c->ring.out + n);
    return 0;
}

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0) {
        if (errno != EAGAIN)
            usleep(50000);
        return;
    }
    if (polled_count <= MAX_CLIENTS)
        clients[polled_count] = calloc(1, sizeof(struct client));
    if (polled_count > MAX_CLIENTS || clients[polled_count] == NULL) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    polled[polled_count].fd = fd;
    polled[polled_count].events = POLLIN;
    polled[polled_count].revents = 0;
    polled_count++;
}

static void dismiss(nfds_t i)
{
    close(polled[i].fd);
    free(clients[i]);
    polled_count--;
    polled[i] = polled[polled_count];
    clients[i] = clients[polled_count];
}

static int attend(nfds_t i)
{
    struct client *c = clients[i];
    int fd = polled[i].fd;

    if (polled[i].revents & (POLLERR | POLLNVAL))
        return -1;
    if ((polled[i].revents & POLLOUT) && drain(fd, c) < 0)
        return -1;
    if ((polled[i].revents & POLLIN) && fill(fd, c) < 0)
        return -1;
    if (c->ended && ring_used(&c->ring) == 0)
        return -1;
    polled[i].events = 0;
    if (!c->ended && ring_room(&c->ring) > 0)
        polled[i].events |= POLLIN;
    if (ring_used(&c->ring) > 0)
        polled[i].events |= POLLOUT;
    return 0;
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 128) < 0) {
        perror("port");
        return 1;
    }
    polled[0].fd = listener;
    polled[0].events = POLLIN;
    polled_count = 1;
    for (;;) {
        nfds_t i;

        if (poll(polled, polled_count, -1) < 0)
            continue;
        for (i = polled_count - 1; i >= 1; i--) {
            if (polled[i].revents && attend(i) < 0)
                dismiss(i);
        }
        if (polled[0].revents)
            welcome(listener);
    }
}
