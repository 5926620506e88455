/*
 * Bug: every -1 of send() is taken for a broken connection, EAGAIN too, which only means that the
 *     client reads more slowly than the server sends; such a client is hung up on.
 * Cause: would-block-closes
 * Caught by: partial-send/stalled-reader
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* Beej-like select server: a master set and a copy for select() to change. */

static fd_set master;

static int sendall(int s, char *buf, int *len)
{
    int total = 0, bytesleft = *len, n = 0;

    while (total < *len) {
        n = (int)send(s, buf + total, (size_t)bytesleft, MSG_NOSIGNAL);
        if (n == -1)
            break;
        total += n;
        bytesleft -= n;
    }
    *len = total;
    return n == -1 ? -1 : 0;
}

static void hang_up(int fd)
{
    FD_CLR(fd, &master);
    close(fd);
}

static void from_client(int fd)
{
    char buf[5000];
    int nbytes = (int)recv(fd, buf, sizeof buf, 0);

    if (nbytes == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (nbytes <= 0) {
        hang_up(fd);
        return;
    }
    if (sendall(fd, buf, &nbytes) == -1) {
        perror("send");
        hang_up(fd);
    }
}

int main(void)
{
    struct sockaddr_in me = {.sin_family = AF_INET};
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1, fdmax = listener;
    const char *port = getenv("PORT");

    me.sin_port = htons((unsigned short)atoi(port ? port : "0"));
    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&me, sizeof me) < 0 || listen(listener, 100) < 0) {
        fprintf(stderr, "selectserver: %s\n", strerror(errno));
        return 2;
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    FD_SET(listener, &master);
    for (;;) {
        fd_set read_fds = master;

        if (select(fdmax + 1, &read_fds, NULL, NULL, NULL) == -1)
            continue;
        for (int i = 0; i <= fdmax; i++) {
            if (!FD_ISSET(i, &read_fds))
                continue;
            if (i != listener) {
                from_client(i);
                continue;
            }
            int newfd = accept(listener, NULL, NULL);
            if (newfd < 0) {
                usleep(10000);
            } else if (newfd >= FD_SETSIZE) {
                close(newfd);
            } else {
                fcntl(newfd, F_SETFL, O_NONBLOCK);
                FD_SET(newfd, &master);
                if (newfd > fdmax)
                    fdmax = newfd;
            }
        }
    }
}
