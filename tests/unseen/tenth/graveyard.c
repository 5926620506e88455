/* Bug: a connection is closed at its end, and its record goes to a list that is cleared some time
 *     later, where the same descriptor is closed again; a client that got the number meanwhile is
 *     cut off.
 * Cause: removes-wrong-client, state-by-descriptor
 * Also: closes-before-client
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SWEEP_MS 200

typedef struct session {
    struct session *next;
    int fd;
    bool peer_done;
    size_t fill;
    char bytes[20000];
} session;

static int ep;
static session *graveyard;

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static session *session_new(int fd)
{
    session *s = calloc(1, sizeof *s);
    if (s)
        s->fd = fd;
    return s;
}

static void session_delete(session *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

/* Other events of this batch may still point to the record, so it is freed by the sweeper. */
static void session_end(session *s)
{
    epoll_ctl(ep, EPOLL_CTL_DEL, s->fd, NULL);
    close(s->fd);
    s->next = graveyard;
    graveyard = s;
}

static void sweep(void)
{
    while (graveyard) {
        session *s = graveyard;
        graveyard = s->next;
        session_delete(s);
    }
}

static bool session_work(session *s)
{
    if (!s->peer_done && s->fill < sizeof s->bytes) {
        ssize_t n = recv(s->fd, s->bytes + s->fill, sizeof s->bytes - s->fill, 0);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n == 0)
            s->peer_done = true;
        if (n > 0)
            s->fill += (size_t)n;
    }
    if (s->fill > 0) {
        ssize_t n = send(s->fd, s->bytes, s->fill, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n > 0) {
            s->fill -= (size_t)n;
            memmove(s->bytes, s->bytes + n, s->fill);
        }
    }
    return !(s->peer_done && s->fill == 0);
}

static void session_watch(session *s, int op)
{
    struct epoll_event e = {.data.ptr = s};
    e.events = (s->fill ? EPOLLOUT : 0u) |
               (!s->peer_done && s->fill < sizeof s->bytes ? EPOLLIN : 0u);
    epoll_ctl(ep, op, s->fd, &e);
}

int main(void)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    struct epoll_event ready[256], e = {.events = EPOLLIN};
    int one = 1, lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    long long swept;

    where.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(lfd, (struct sockaddr *)&where, sizeof where) || listen(lfd, 1024)) {
        perror("echo");
        return 1;
    }
    ep = epoll_create1(0);
    epoll_ctl(ep, EPOLL_CTL_ADD, lfd, &e);
    swept = now_ms();

    for (;;) {
        int n = epoll_wait(ep, ready, 256, graveyard ? SWEEP_MS : -1);
        for (int i = 0; i < n; i++) {
            session *s = ready[i].data.ptr;
            if (s) {
                if (session_work(s))
                    session_watch(s, EPOLL_CTL_MOD);
                else
                    session_end(s);
                continue;
            }
            int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0) {
                if (errno == EMFILE || errno == ENFILE)
                    usleep(10000);
                continue;
            }
            if ((s = session_new(fd)) == NULL)
                close(fd);
            else
                session_watch(s, EPOLL_CTL_ADD);
        }
        if (now_ms() - swept >= SWEEP_MS) {
            sweep();
            swept = now_ms();
        }
    }
}
