/*
 * Bug: the place of a client that has gone is marked with -1 in the table of poll() and never
 *     used again, so after 1,100 clients in all every new one is turned away.
 * Cause: connections-used-up
 * Profile: concurrent
 * Port: $PORT
 */
/* Network programming course, week 6: many clients with poll(). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 1101
#define BUF_SIZE 4096

struct client {
    char buf[BUF_SIZE];
    int len; /* bytes in buf */
    int off; /* bytes of them that were sent */
};

struct pollfd fds[MAX_FDS];
struct client clients[MAX_FDS];
int nfds;
int spare;

void drop_client(int i)
{
    close(fds[i].fd);
    fds[i].fd = -1;
}

void new_client(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0) {
        if (errno == EMFILE) {
            /* make room, refuse the client, take the room back */
            close(spare);
            close(accept(listener, NULL, NULL));
            spare = open("/dev/null", O_RDONLY);
        }
        return;
    }
    if (nfds == MAX_FDS) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fds[nfds].fd = fd;
    fds[nfds].events = POLLIN;
    fds[nfds].revents = 0;
    clients[nfds].len = clients[nfds].off = 0;
    nfds++;
}

void write_client(int i)
{
    struct client *c = &clients[i];

    while (c->off < c->len) {
        int n = send(fds[i].fd, c->buf + c->off, c->len - c->off, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN)
                fds[i].events = POLLOUT;
            else
                drop_client(i);
            return;
        }
        c->off += n;
    }
    fds[i].events = POLLIN;
}

void read_client(int i)
{
    struct client *c = &clients[i];
    int n = recv(fds[i].fd, c->buf, BUF_SIZE, 0);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        drop_client(i);
        return;
    }
    c->len = n;
    c->off = 0;
    write_client(i);
}

int main(void)
{
    struct sockaddr_in a = {0};
    int i, count, one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_family = AF_INET;
    a.sin_addr.s_addr = inet_addr("127.0.0.1");
    a.sin_port = htons(atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(listener, 1024) < 0) {
        perror("bind/listen");
        exit(1);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    spare = open("/dev/null", O_RDONLY);
    fds[0].fd = listener;
    fds[0].events = POLLIN;
    nfds = 1;

    while (1) {
        if (poll(fds, nfds, -1) < 0)
            continue;
        count = nfds;
        for (i = 1; i < count; i++) {
            if (fds[i].fd < 0 || fds[i].revents == 0)
                continue;
            if (fds[i].events & POLLOUT)
                write_client(i);
            else
                read_client(i);
        }
        if (fds[0].revents)
            new_client(listener);
    }
}
