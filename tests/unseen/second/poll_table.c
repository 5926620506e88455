/*
 * Bug: a client that leaves does not give back its place in the table of 90: after 90 clients in
 *     all, each new one is turned away.
 * Cause: connections-used-up
 * Also: connection-limit
 * Profile: concurrent
 * Port: $PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#define MAX_CLIENTS 90
#define LINE 512

int main()
{
    static struct pollfd table[MAX_CLIENTS + 1];
    static char buffers[MAX_CLIENTS + 1][LINE];
    static int length[MAX_CLIENTS + 1], done[MAX_CLIENTS + 1];
    int clients = 0, i, n, fd, yes = 1;
    struct sockaddr_in server;

    table[0].fd = socket(AF_INET, SOCK_STREAM, 0);
    table[0].events = POLLIN;
    setsockopt(table[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    fcntl(table[0].fd, F_SETFL, O_NONBLOCK);
    memset(&server, 0, sizeof(server));
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons(atoi(getenv("PORT")));
    if (bind(table[0].fd, (struct sockaddr *) &server, sizeof(server)) < 0) {
        perror("bind");
        exit(1);
    }
    listen(table[0].fd, 20);

    for (;;) {
        if (poll(table, clients + 1, -1) < 0)
            continue;
        for (i = 1; i <= clients; i++) {
            if (table[i].fd < 0 || table[i].revents == 0)
                continue;
            n = 1;
            if (done[i] == length[i]) {
                n = recv(table[i].fd, buffers[i], LINE, 0);
                if (n > 0) {
                    length[i] = n;
                    done[i] = 0;
                }
            }
            if (n > 0) {
                n = send(table[i].fd, buffers[i] + done[i], length[i] - done[i], MSG_NOSIGNAL);
                if (n > 0)
                    done[i] += n;
                table[i].events = done[i] < length[i] ? POLLOUT : POLLIN;
            }
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
                close(table[i].fd);
                table[i].fd = -1;       /* poll() leaves it out */
            }
        }
        if (table[0].revents) {
            fd = accept(table[0].fd, NULL, NULL);
            if (fd < 0) {
                usleep(10000);
                continue;
            }
            if (clients == MAX_CLIENTS) {
                close(fd);
                continue;
            }
            fcntl(fd, F_SETFL, O_NONBLOCK);
            clients++;
            table[clients].fd = fd;
            table[clients].events = POLLIN;
            table[clients].revents = 0;
            length[clients] = done[clients] = 0;
        }
    }
}
