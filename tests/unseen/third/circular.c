/*
 * Bug: equal positions mean "empty", and a read may fill the ring to its last byte; then they are
 *     equal too, and all that waits in the ring is forgotten.
 * Cause: ring-wrap
 * Also: exact-size, full-read-lost
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING 5000
#define MOST 400

struct peer {
    char ring[RING];
    size_t head;  /* where the next byte is put */
    size_t tail;  /* where the next byte is taken */
    int ended;
};

static struct pollfd fds[MOST + 1];
static struct peer *peers[MOST + 1];
static int count = 1;

static void add(int fd)
{
    fds[count].fd = fd;
    fds[count].revents = 0;
    peers[count] = calloc(1, sizeof(struct peer));
    count++;
}

static void drop(int i)
{
    close(fds[i].fd);
    free(peers[i]);
    count--;
    fds[i] = fds[count];
    peers[i] = peers[count];
}

/* Both return 0 when the connection is broken. */
static int fill(int fd, struct peer *p)
{
    size_t room = p->head >= p->tail ? RING - p->head : p->tail - p->head;
    ssize_t n = recv(fd, p->ring + p->head, room, 0);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        p->ended = 1;
    p->head = (p->head + n) % RING;
    return 1;
}

static int empty(int fd, struct peer *p)
{
    size_t waiting = p->head >= p->tail ? p->head - p->tail : RING - p->tail;
    ssize_t n = send(fd, p->ring + p->tail, waiting, MSG_NOSIGNAL);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    p->tail = (p->tail + n) % RING;
    return 1;
}

static void serve(int i)
{
    struct peer *p = peers[i];
    short got = fds[i].revents;
    int fine = 1;

    if (got & POLLIN)
        fine = fill(fds[i].fd, p);
    else if (got & (POLLERR | POLLNVAL))
        fine = 0;
    if (fine && (got & POLLOUT))
        fine = empty(fds[i].fd, p);
    if (!fine || (p->ended && p->head == p->tail))
        drop(i);
}

int main(void)
{
    int on = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};

    a.sin_port = htons(atoi(getenv("PORT")));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 64))
        return 1;
    fds[0].fd = s;
    for (;;) {
        fds[0].events = count <= MOST ? POLLIN : 0;
        for (int i = 1; i < count; i++)
            fds[i].events = (peers[i]->ended ? 0 : POLLIN)
                | (peers[i]->head != peers[i]->tail ? POLLOUT : 0);
        if (poll(fds, count, -1) < 0)
            continue;
        for (int i = count - 1; i > 0; i--)
            if (fds[i].revents)
                serve(i);
        if (fds[0].revents & POLLIN) {
            int c = accept4(s, NULL, NULL, SOCK_NONBLOCK);
            if (c >= 0)
                add(c);
            else if (errno == EMFILE || errno == ENFILE)
                usleep(100000);
        }
    }
}
