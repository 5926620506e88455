/* Bug: each failure of epoll_wait() ends the main loop, also EINTR, which comes when the program
 *     was stopped and goes on; then the server ends.
 * Cause: eintr-is-error, signal-breaks
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

enum { OK = 0, FAILED = 1, BUFFER = 32768, BATCH = 64 };

typedef struct client {
    int fd;
    int finished;
    size_t used;
    char buffer[BUFFER];
} client_t;

static int setup_listener(unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 511) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int watch(int epoll, int op, client_t *client)
{
    struct epoll_event event = {.data.ptr = client};

    if (!client->finished && client->used < BUFFER)
        event.events |= EPOLLIN;
    if (client->used > 0)
        event.events |= EPOLLOUT;
    return epoll_ctl(epoll, op, client->fd, &event);
}

static void add_client(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    client_t *client;

    if (fd < 0) {
        if (errno != EAGAIN) {
            syslog(LOG_WARNING, "accept: %m");
            usleep(20000);
        }
        return;
    }
    client = calloc(1, sizeof *client);
    if (client == NULL) {
        close(fd);
        return;
    }
    client->fd = fd;
    if (watch(epoll, EPOLL_CTL_ADD, client) < 0) {
        close(fd);
        free(client);
    }
}

static int transfer(client_t *client)
{
    if (!client->finished && client->used < BUFFER) {
        ssize_t got = read(client->fd, client->buffer + client->used, BUFFER - client->used);
        if (got > 0)
            client->used += (size_t)got;
        else if (got == 0)
            client->finished = 1;
        else if (errno != EAGAIN && errno != EINTR)
            return FAILED;
    }
    if (client->used > 0) {
        ssize_t put = send(client->fd, client->buffer, client->used, MSG_NOSIGNAL);
        if (put > 0) {
            client->used -= (size_t)put;
            memmove(client->buffer, client->buffer + put, client->used);
        } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
            return FAILED;
        }
    }
    return client->finished && client->used == 0 ? FAILED : OK;
}

int main(void)
{
    struct epoll_event batch[BATCH], event = {.events = EPOLLIN};
    int status = OK;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = setup_listener((unsigned short)atoi(getenv("PORT")));

    openlog("echod", LOG_PID, LOG_DAEMON);
    if (listener < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) {
        perror("echod");
        return EXIT_FAILURE;
    }
    while (status == OK) {
        int count = epoll_wait(epoll, batch, BATCH, -1);

        if (count < 0) {
            syslog(LOG_ERR, "epoll_wait: %m");
            status = FAILED;
        }
        for (int i = 0; i < count; i++) {
            client_t *client = batch[i].data.ptr;
            if (client == NULL) {
                add_client(epoll, listener);
            } else if (transfer(client) == FAILED || watch(epoll, EPOLL_CTL_MOD, client) < 0) {
                close(client->fd);
                free(client);
            }
        }
    }
    close(listener);
    return status == OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
