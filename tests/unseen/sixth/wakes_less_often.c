/*
 * Bug: the low-water mark of the receive buffer is 32 bytes, so that the process is woken less
 *     often; recv() waits until so many are there, or the end: shorter messages have no answer.
 * Cause: waits-for-full-buffer
 * Profile: concurrent
 * Port: 20110
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 20110

static void configure(int fd)
{
    int backlog_bytes = 32, reuse = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &backlog_bytes, sizeof backlog_bytes);
}

static void serve(int fd)
{
    static char buffer[10000];
    ssize_t in, out, at;

    while ((in = recv(fd, buffer, sizeof buffer, 0)) > 0)
        for (at = 0; at < in; at += out)
            if ((out = send(fd, buffer + at, (size_t)(in - at), 0)) < 0)
                return;
}

int main(void)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    configure(listener);
    if (bind(listener, (struct sockaddr *)&local, sizeof local) < 0 || listen(listener, 64) < 0) {
        perror("start");
        return 1;
    }
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            usleep(100000);
            continue;
        }
        if (fork() == 0) {
            close(listener);
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
