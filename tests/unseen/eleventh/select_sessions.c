/*
 * Bug: the signal SIGPIPE is left as it is, and send() is called without MSG_NOSIGNAL, so a client
 *     that has gone before its answer kills the server of all
 * Cause: killed-by-sigpipe
 * Also: client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUF_SIZE 8192

struct session {
    int active;
    size_t length;
    size_t offset;
    char buffer[BUF_SIZE];
};

static struct session *sessions[FD_SETSIZE];

static int open_listener(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1024) < 0) {
        perror("listener");
        exit(EXIT_FAILURE);
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void session_open(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            usleep(20000);
        return;
    }
    if (fd >= FD_SETSIZE || (sessions[fd] = calloc(1, sizeof(struct session))) == NULL) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    sessions[fd]->active = 1;
}

static void session_close(int fd)
{
    free(sessions[fd]);
    sessions[fd] = NULL;
    close(fd);
}

static int try_again(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Returns -1 when the session is over. */
static int session_write(int fd, struct session *s)
{
    ssize_t sent = send(fd, s->buffer + s->offset, s->length - s->offset, 0);

    if (sent < 0)
        return try_again() ? 0 : -1;
    s->offset += (size_t)sent;
    if (s->offset == s->length)
        s->offset = s->length = 0;
    return 0;
}

static int session_read(int fd, struct session *s)
{
    ssize_t got = recv(fd, s->buffer, sizeof s->buffer, 0);

    if (got < 0)
        return try_again() ? 0 : -1;
    if (got == 0)
        return -1;
    s->length = (size_t)got;
    s->offset = 0;
    return session_write(fd, s);
}

int main(void)
{
    int listener = open_listener(atoi(getenv("PORT")));

    for (;;) {
        fd_set readable, writable;
        int highest = listener;

        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener, &readable);
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (sessions[fd] == NULL)
                continue;
            FD_SET(fd, sessions[fd]->length ? &writable : &readable);
            if (fd > highest)
                highest = fd;
        }
        if (select(highest + 1, &readable, &writable, NULL, NULL) < 0) {
            if (errno == EINTR)
                continue;
            perror("select");
            return EXIT_FAILURE;
        }
        for (int fd = 0; fd <= highest; fd++) {
            struct session *s = sessions[fd];

            if (s == NULL)
                continue;
            if (FD_ISSET(fd, &writable) && session_write(fd, s) < 0)
                session_close(fd);
            else if (FD_ISSET(fd, &readable) && session_read(fd, s) < 0)
                session_close(fd);
        }
        if (FD_ISSET(listener, &readable))
            session_open(listener);
    }
}
