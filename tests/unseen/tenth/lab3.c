/*
 * Bug: the number of bytes to send back is asked from strlen(), and the buffer gets no zero behind
 *     what was read: a zero byte ends the answer, and a short message brings the rest of a longer
 *     one before it.
 * Cause: cut-at-nul, stale-buffer
 * Profile: sequential
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXLINE 1024

static int send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, 0);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static void str_echo(int connfd)
{
    char line[MAXLINE];
    ssize_t n;

    memset(line, 0, sizeof(line));
    for (;;) {
        n = recv(connfd, line, MAXLINE - 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        if (send_all(connfd, line, strlen(line)) < 0)
            return;
    }
}

int main(void)
{
    struct sockaddr_in servaddr;
    const char *port = getenv("PORT");
    int listenfd, connfd, on = 1;

    signal(SIGPIPE, SIG_IGN);
    listenfd = socket(AF_INET, SOCK_STREAM, 0);
    if (listenfd < 0) {
        perror("socket");
        return 1;
    }
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    memset(&servaddr, 0, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons(port ? atoi(port) : 9877);
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) < 0) {
        perror("bind");
        return 1;
    }
    if (listen(listenfd, 128) < 0) {
        perror("listen");
        return 1;
    }
    for (;;) {
        connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            usleep(10000);
            continue;
        }
        str_echo(connfd);
        close(connfd);
    }
}
