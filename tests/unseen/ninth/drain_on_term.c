/*
 * Bug: at SIGTERM it stops accepting and waits for its clients to leave by themselves, without a
 *     limit; a client that stays keeps the program running for ever.
 * Cause: sigterm-ignored
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
    unsigned char block[8192];
    size_t used, sent;
};

static struct pollfd *pfds;
static struct session **sessions;
static size_t count, room;
static int wake[2], spare_fd;

static void on_term(int sig)
{
    int saved = errno;
    (void)sig;
    (void)!write(wake[1], "t", 1);
    errno = saved;
}

static int session_add(int fd)
{
    if (count == room) {
        size_t bigger = room ? room * 2 : 64;
        void *p = realloc(pfds, bigger * sizeof *pfds);
        if (!p)
            return -1;
        pfds = p;
        p = realloc(sessions, bigger * sizeof *sessions);
        if (!p)
            return -1;
        sessions = p;
        room = bigger;
    }
    sessions[count] = calloc(1, sizeof **sessions);
    if (!sessions[count])
        return -1;
    pfds[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    count++;
    return 0;
}

static void session_remove(size_t i)
{
    close(pfds[i].fd);
    free(sessions[i]);
    count--;
    pfds[i] = pfds[count];
    sessions[i] = sessions[count];
}

/* Returns -1 when the session has ended. */
static int session_step(size_t i)
{
    struct session *s = sessions[i];
    int fd = pfds[i].fd;

    if (s->sent == s->used) {
        ssize_t n = recv(fd, s->block, sizeof s->block, 0);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
        s->used = n;
        s->sent = 0;
    }
    ssize_t n = send(fd, s->block + s->sent, s->used - s->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return -1;
    if (n > 0)
        s->sent += n;
    pfds[i].events = s->sent == s->used ? POLLIN : POLLOUT;
    return 0;
}

static void accept_one(int lfd)
{
    int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        if (session_add(fd) < 0)
            close(fd);
    } else if (errno == EMFILE) {
        close(spare_fd);
        close(accept(lfd, NULL, NULL));
        spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
}

int main(void)
{
    struct sigaction sa = {.sa_handler = on_term, .sa_flags = SA_RESTART};
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int on = 1, lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int draining = 0;

    addr.sin_port = htons(strtoul(getenv("PORT") ? getenv("PORT") : "4007", NULL, 10));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (void *)&addr, sizeof addr) < 0 || listen(lfd, 1024) < 0 || pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0) {
        perror("echo");
        return 1;
    }
    spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    session_add(wake[0]);
    session_add(lfd);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);

    while (!draining || count > 2) {
        if (poll(pfds, count, -1) < 0)
            continue;
        for (size_t i = count; i-- > 2;)
            if (pfds[i].revents && session_step(i) < 0)
                session_remove(i);
        if (pfds[1].revents)
            accept_one(lfd);
        if (pfds[0].revents) {
            /* no new sessions; those that run may finish their work */
            draining = 1;
            close(lfd);
            pfds[0].fd = pfds[1].fd = -1;
        }
    }
    return 0;
}
