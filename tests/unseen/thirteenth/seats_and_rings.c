/*
 * Bug: the count of the seats goes down after the last seat was copied, not before: the seat
 *     behind the last one is copied, and the client on the last seat is forgotten when another
 *     one leaves.
 * Cause: removes-wrong-client
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING (64 * 1024)
#define SEATS 1500

struct ring {
    char *base;
    unsigned long read, written;
    int ended;
};

static struct pollfd seats[SEATS];
static struct ring rings[SEATS];
static nfds_t taken = 1;

static char *map_twice(void)
{
    char *base = MAP_FAILED;
    int fd = memfd_create("ring", MFD_CLOEXEC);

    if (fd < 0)
        return NULL;
    if (ftruncate(fd, RING) == 0)
        base = mmap(NULL, 2 * RING, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base != MAP_FAILED) {
        int prot = PROT_READ | PROT_WRITE, flags = MAP_SHARED | MAP_FIXED;

        if (mmap(base, RING, prot, flags, fd, 0) == MAP_FAILED ||
            mmap(base + RING, RING, prot, flags, fd, 0) == MAP_FAILED) {
            munmap(base, 2 * RING);
            base = MAP_FAILED;
        }
    }
    close(fd);
    return base == MAP_FAILED ? NULL : base;
}

static size_t waiting(const struct ring *r)
{
    return r->written - r->read;
}

static int passing(int error)
{
    return error == EAGAIN || error == EINTR;
}

static int receive(int fd, struct ring *r)
{
    ssize_t n = recv(fd, r->base + r->written % RING, RING - waiting(r), MSG_DONTWAIT);

    if (n < 0)
        return passing(errno) ? 0 : -1;
    r->ended = n == 0;
    r->written += (unsigned long)n;
    return 0;
}

static int transmit(int fd, struct ring *r)
{
    ssize_t n;

    if (waiting(r) == 0)
        return 0;
    n = send(fd, r->base + r->read % RING, waiting(r), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        return passing(errno) ? 0 : -1;
    r->read += (unsigned long)n;
    return 0;
}

static int serve(struct pollfd *seat, struct ring *r)
{
    if (seat->revents & (POLLERR | POLLNVAL))
        return -1;
    if (!r->ended && waiting(r) < RING && receive(seat->fd, r) < 0)
        return -1;
    if (transmit(seat->fd, r) < 0)
        return -1;
    if (r->ended && waiting(r) == 0)
        return -1;
    seat->events = (short)((!r->ended && waiting(r) < RING ? POLLIN : 0) |
                           (waiting(r) > 0 ? POLLOUT : 0));
    return 0;
}

static void leave(nfds_t i)
{
    close(seats[i].fd);
    munmap(rings[i].base, 2 * RING);
    seats[i] = seats[taken];
    rings[i] = rings[taken];
    taken--;
}

static void enter(int listener)
{
    static char *spare;
    struct ring *r = &rings[taken];
    int fd;

    if (spare == NULL && (spare = map_twice()) == NULL) {
        usleep(20000);
        return;
    }
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (!passing(errno))
            usleep(20000);
        return;
    }
    if (taken == SEATS) {
        close(fd);
        return;
    }
    memset(r, 0, sizeof *r);
    r->base = spare;
    spare = NULL;
    seats[taken].fd = fd;
    seats[taken].events = POLLIN;
    seats[taken].revents = 0;
    taken++;
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    addr.sin_port = htons((unsigned short)(port ? atoi(port) : 7));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) || listen(listener, 256)) {
        perror("mirrored_ring");
        return 1;
    }
    seats[0].fd = listener;
    seats[0].events = POLLIN;
    for (;;) {
        nfds_t i;

        if (poll(seats, taken, -1) < 0)
            continue;
        for (i = taken - 1; i > 0; i--)
            if (seats[i].revents && serve(&seats[i], &rings[i]) < 0)
                leave(i);
        if (seats[0].revents)
            enter(listener);
    }
}
