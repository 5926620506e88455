/*
 * Bug: one thread serves all clients by poll(), and the sockets block: while one client does not
 *     read, send() waits for it and nobody else is served.
 * Cause: blocked-by-stalled-reader
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct pollfd *pfds;
static int fd_count;
static int fd_size = 5;

/* Add a new file descriptor to the set */
static void add_to_pfds(int newfd)
{
    if (fd_count == fd_size) {
        fd_size *= 2;
        pfds = realloc(pfds, sizeof(*pfds) * fd_size);
        if (pfds == NULL)
            abort();
    }
    pfds[fd_count].fd = newfd;
    pfds[fd_count].events = POLLIN;
    pfds[fd_count].revents = 0;
    fd_count++;
}

/* Remove an index from the set: copy the one from the end over it */
static void del_from_pfds(int i)
{
    pfds[i] = pfds[fd_count - 1];
    fd_count--;
}

static int sendall(int s, const char *buf, int len)
{
    int total = 0;

    while (total < len) {
        ssize_t n = send(s, buf + total, len - total, MSG_NOSIGNAL);
        if (n == -1) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        total += n;
    }
    return 0;
}

static int get_listener_socket(int port)
{
    struct sockaddr_in addr = {0};
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    addr.sin_family = AF_INET;
    addr.sin_port = htons(port);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 256) < 0) {
        perror("listener");
        exit(1);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    return listener;
}

int main(void)
{
    static char buf[16384];
    int listener = get_listener_socket(atoi(getenv("PORT")));

    pfds = malloc(sizeof(*pfds) * fd_size);
    add_to_pfds(listener);

    for (;;) {
        if (poll(pfds, fd_count, -1) == -1) {
            if (errno == EINTR)
                continue;
            perror("poll");
            exit(1);
        }
        if (pfds[0].revents & POLLIN) {
            int newfd = accept(listener, NULL, NULL);
            if (newfd >= 0)
                add_to_pfds(newfd);
            else if (errno == EMFILE || errno == ENFILE)
                pfds[0].events = 0;
        }
        for (int i = fd_count - 1; i > 0; i--) {
            if (!(pfds[i].revents & (POLLIN | POLLHUP | POLLERR)))
                continue;
            int fd = pfds[i].fd;
            ssize_t nbytes = recv(fd, buf, sizeof buf, 0);
            if (nbytes < 0 && errno == EINTR)
                continue;
            if (nbytes <= 0 || sendall(fd, buf, nbytes) == -1) {
                close(fd);
                del_from_pfds(i);
                pfds[0].events = POLLIN;
            }
        }
    }
}
