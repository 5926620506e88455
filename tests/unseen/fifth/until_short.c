/*
 * Bug: a read that does not fill the buffer is taken for the last one, and the connection is closed.
 * Cause: short-read-is-end
 * Caught by: shutdown/not-early
 * Profile: sequential
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFSZ = 512 };

static void serve(int fd)
{
    char buf[BUFSZ];
    ssize_t got;

    do {
        got = recv(fd, buf, BUFSZ, 0);
        for (ssize_t at = 0; at < got;) {
            ssize_t put = send(fd, buf + at, (size_t)(got - at), MSG_NOSIGNAL);
            if (put < 0)
                return;
            at += put;
        }
    } while (got == BUFSZ);
}

int main(void)
{
    int one = 1;
    int ls = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_port = htons((in_port_t)atoi(getenv("PORT"))),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };

    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(ls, (struct sockaddr *)&a, sizeof a) || listen(ls, 8)) {
        perror("server");
        exit(1);
    }
    while (1) {
        int fd = accept(ls, 0, 0);
        if (fd < 0) {
            usleep(100000);
            continue;
        }
        serve(fd);
        close(fd);
    }
}
