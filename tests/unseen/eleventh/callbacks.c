/* Bug: a read that fails frees the connection, and the loop goes on to call its write callback, since
 *     an error of the descriptor counts as both events.
 * Cause: crash-on-reset
 * Also: crash, client-error-ends-server
 * Beside: spins-at-accept
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_SIZE (64 * 1024)

struct event;
typedef void (*event_cb)(struct event *);

struct event {
    event_cb on_read, on_write;
    void *arg;
    int fd;
    uint32_t mask;
};

struct session {
    struct event ev;
    char *out;
    size_t sent, filled;
    int draining;
};

static int loop_fd;

static void event_update(struct event *ev, uint32_t mask)
{
    struct epoll_event e = {.events = mask, .data.ptr = ev};
    if (mask != ev->mask)
        epoll_ctl(loop_fd, ev->mask ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, ev->fd, &e);
    ev->mask = mask;
}

static void session_free(struct session *s)
{
    close(s->ev.fd);
    free(s->out);
    free(s);
}

static void session_interest(struct session *s)
{
    uint32_t mask = 0;
    if (!s->draining && s->filled < OUT_SIZE)
        mask |= EPOLLIN;
    if (s->sent < s->filled)
        mask |= EPOLLOUT;
    if (mask == 0)
        session_free(s);
    else
        event_update(&s->ev, mask);
}

static void session_write(struct event *ev)
{
    struct session *s = ev->arg;
    ssize_t n = send(ev->fd, s->out + s->sent, s->filled - s->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        session_free(s);
        return;
    }
    if (n > 0)
        s->sent += (size_t)n;
    if (s->sent == s->filled)
        s->sent = s->filled = 0;
    session_interest(s);
}

static void session_read(struct event *ev)
{
    struct session *s = ev->arg;
    ssize_t n = recv(ev->fd, s->out + s->filled, OUT_SIZE - s->filled, 0);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            session_free(s);
        return;
    }
    if (n == 0)
        s->draining = 1;
    s->filled += (size_t)n;
    session_interest(s);
}

static void listener_read(struct event *ev)
{
    int fd = accept4(ev->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct session *s = calloc(1, sizeof *s);
    if (s == NULL || (s->out = malloc(OUT_SIZE)) == NULL) {
        free(s);
        close(fd);
        return;
    }
    s->ev = (struct event){session_read, session_write, s, fd, 0};
    event_update(&s->ev, EPOLLIN);
}

static void loop_run(void)
{
    struct epoll_event ready[256];
    for (;;) {
        int count = epoll_wait(loop_fd, ready, 256, -1);
        for (int i = 0; i < count; i++) {
            struct event *ev = ready[i].data.ptr;
            uint32_t got = ready[i].events;
            if (got & (EPOLLERR | EPOLLHUP))
                got |= EPOLLIN | EPOLLOUT;
            if (got & EPOLLIN)
                ev->on_read(ev);
            if (got & EPOLLOUT)
                ev->on_write(ev);
        }
    }
}

int main(void)
{
    static struct event listener = {.on_read = listener_read};
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int yes = 1;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    loop_fd = epoll_create1(EPOLL_CLOEXEC);
    listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener.fd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener.fd, 256) < 0) {
        perror("echo");
        return 1;
    }
    event_update(&listener, EPOLLIN);
    loop_run();
}
