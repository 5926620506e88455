/*
 * Bug: select() is given the set of all descriptors itself and not a copy, and takes out whoever is
 *     not ready, the listener too: after the first message nobody else is accepted, and a client
 *     who was silent is forgotten.
 * Cause: none-of-these
 * Also: select-set-used-up
 * Beside: blocked-by-stalled-reader
 * Profile: concurrent
 * Port: 20109
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 20109

struct server {
    int listener;
    int top;
    fd_set watched;
};

static int send_all(int fd, const char *bytes, size_t count)
{
    ssize_t n;

    for (; count > 0; bytes += n, count -= (size_t)n) {
        n = send(fd, bytes, count, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
    }
    return 0;
}

static void server_accept(struct server *s)
{
    int fd = accept(s->listener, NULL, NULL);

    if (fd < 0) {
        usleep(50000);
        return;
    }
    if (fd >= FD_SETSIZE) {
        close(fd);
        return;
    }
    FD_SET(fd, &s->watched);
    if (fd > s->top)
        s->top = fd;
}

static void server_echo(struct server *s, int fd)
{
    char line[4096];
    ssize_t n = recv(fd, line, sizeof line, 0);

    if (n <= 0 || send_all(fd, line, (size_t)n) < 0) {
        FD_CLR(fd, &s->watched);
        close(fd);
    }
}

static void server_run(struct server *s)
{
    for (;;) {
        int fd;

        if (select(s->top + 1, &s->watched, NULL, NULL, NULL) < 0) {
            if (errno != EINTR)
                perror("select");
            continue;
        }
        for (fd = 0; fd <= s->top; fd++) {
            if (!FD_ISSET(fd, &s->watched))
                continue;
            if (fd == s->listener)
                server_accept(s);
            else
                server_echo(s, fd);
        }
    }
}

int main(void)
{
    struct server server;
    struct sockaddr_in address;
    int on = 1;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(PORT);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server.listener, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("bind");
        return 1;
    }
    listen(server.listener, 64);
    FD_ZERO(&server.watched);
    FD_SET(server.listener, &server.watched);
    server.top = server.listener;
    server_run(&server);
    return 0;
}
