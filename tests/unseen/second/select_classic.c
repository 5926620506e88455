/*
 * Bug: the highest descriptor for select() is set to that of the newest client, which may be lower
 *     than that of a client that is still there; that one is not looked at any more.
 * Cause: wrong-nfds
 * Also: removes-wrong-client, state-by-descriptor
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 1300

static char buffer[FD_SETSIZE][BUFFER];
static int from[FD_SETSIZE];
static int to[FD_SETSIZE];
static fd_set reading, writing;

static void bye(int fd)
{
    FD_CLR(fd, &reading);
    FD_CLR(fd, &writing);
    close(fd);
}

static void send_rest(int fd)
{
    int n = send(fd, buffer[fd] + from[fd], to[fd] - from[fd], MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        bye(fd);
        return;
    }
    if (n > 0)
        from[fd] += n;
    if (from[fd] < to[fd]) {
        FD_CLR(fd, &reading);
        FD_SET(fd, &writing);
    } else {
        FD_CLR(fd, &writing);
        FD_SET(fd, &reading);
    }
}

static void receive(int fd)
{
    int n = recv(fd, buffer[fd], BUFFER, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        bye(fd);
        return;
    }
    from[fd] = 0;
    to[fd] = n;
    send_rest(fd);
}

int main(void)
{
    struct sockaddr_in address = {0};
    int on = 1, maxfd, fd;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = inet_addr("127.0.0.1");
    address.sin_port = htons(atoi(getenv("PORT")));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror("bind");
        exit(1);
    }
    listen(listener, 64);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_SET(listener, &reading);
    maxfd = listener;

    while (1) {
        fd_set r = reading, w = writing;
        if (select(maxfd + 1, &r, &w, NULL, NULL) < 0)
            continue;
        int top = maxfd;
        for (fd = 0; fd <= top; fd++) {
            if (fd == listener)
                continue;
            if (FD_ISSET(fd, &r))
                receive(fd);
            else if (FD_ISSET(fd, &w))
                send_rest(fd);
        }
        if (!FD_ISSET(listener, &r))
            continue;
        int client = accept(listener, NULL, NULL);
        if (client < 0) {
            usleep(10000);
            continue;
        }
        if (client >= FD_SETSIZE) {
            close(client);
            continue;
        }
        fcntl(client, F_SETFL, O_NONBLOCK);
        FD_SET(client, &reading);
        maxfd = client;
    }
}
