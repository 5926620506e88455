/* Bug: a connection whose output buffer is full is still watched for input, which is not read
 *     then: poll() returns at once, again and again, until the client takes something.
 * Cause: spins-when-full
 * Also: spins-idle
 * Beside: spins-at-accept
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FDS = 8192, OUT_CAP = 32768 };

struct peer {
    size_t used;
    int half_closed;
    char out[OUT_CAP];
};

static struct pollfd pfd[MAX_FDS];
static struct peer *peers[MAX_FDS];
static nfds_t npfd;

static void peer_add(int fd)
{
    if (npfd == MAX_FDS || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
        close(fd);
        return;
    }
    struct peer *p = malloc(sizeof *p);
    if (p == NULL) {
        close(fd);
        return;
    }
    p->used = 0;
    p->half_closed = 0;
    peers[npfd] = p;
    pfd[npfd].fd = fd;
    pfd[npfd].events = POLLIN;
    pfd[npfd].revents = 0;
    npfd++;
}

static void peer_remove(nfds_t i)
{
    close(pfd[i].fd);
    free(peers[i]);
    npfd--;
    pfd[i] = pfd[npfd];
    peers[i] = peers[npfd];
}

/* Returns -1 if the peer has gone. */
static int peer_fill(struct peer *p, int fd)
{
    if (p->used == OUT_CAP)
        return 0;
    ssize_t n = read(fd, p->out + p->used, OUT_CAP - p->used);
    if (n > 0)
        p->used += (size_t)n;
    else if (n == 0)
        p->half_closed = 1;
    else if (errno != EAGAIN && errno != EINTR)
        return -1;
    return 0;
}

static int peer_flush(struct peer *p, int fd)
{
    if (p->used == 0)
        return 0;
    ssize_t n = write(fd, p->out, p->used);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    p->used -= (size_t)n;
    memmove(p->out, p->out + n, p->used);
    return 0;
}

static int peer_service(nfds_t i)
{
    struct peer *p = peers[i];
    short got = pfd[i].revents;
    if (got & (POLLERR | POLLNVAL))
        return -1;
    if ((got & (POLLIN | POLLHUP)) && !p->half_closed && peer_fill(p, pfd[i].fd) < 0)
        return -1;
    if (peer_flush(p, pfd[i].fd) < 0)
        return -1;
    if (p->half_closed && p->used == 0)
        return -1;
    pfd[i].events = p->half_closed ? 0 : POLLIN;
    if (p->used > 0)
        pfd[i].events |= POLLOUT;
    return 0;
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    sa.sin_port = htons(port != NULL ? (unsigned short)strtoul(port, NULL, 10) : 7);
    sa.sin_addr.s_addr = inet_addr("127.0.0.1");
    signal(SIGPIPE, SIG_IGN);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (struct sockaddr *)&sa, sizeof sa) != 0 || listen(s, 256) != 0) {
        perror("bind/listen");
        exit(1);
    }
    fcntl(s, F_SETFL, O_NONBLOCK);
    pfd[0].fd = s;
    pfd[0].events = POLLIN;
    npfd = 1;
    for (;;) {
        if (poll(pfd, npfd, -1) < 0)
            continue;
        for (nfds_t i = npfd; i-- > 1;)
            if (pfd[i].revents != 0 && peer_service(i) < 0)
                peer_remove(i);
        if (pfd[0].revents & POLLIN) {
            int fd = accept(s, NULL, NULL);
            if (fd >= 0)
                peer_add(fd);
        }
    }
}
