/*
 * Bug: the parent does not close its copy of the connection after fork(), so the client never sees
 *     the end, and the parent runs out of descriptors after some hundred clients.
 * Cause: copy-kept-open
 * Also: descriptor-leak, never-closes
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG 128
#define MAXLINE 4096

static void sig_chld(int signo)
{
    int saved = errno;

    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static int writen(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

static void str_echo(int sockfd)
{
    char buf[MAXLINE];
    ssize_t n;

    for (;;) {
        n = read(sockfd, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        if (writen(sockfd, buf, (size_t)n) < 0)
            return;
    }
}

int main(void)
{
    struct sockaddr_in servaddr;
    struct sigaction sa;
    int listenfd, connfd, on = 1;
    pid_t pid;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = sig_chld;
    sa.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);

    listenfd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&servaddr, 0, sizeof servaddr);
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof servaddr) < 0) {
        perror("bind");
        return 1;
    }
    if (listen(listenfd, BACKLOG) < 0) {
        perror("listen");
        return 1;
    }

    for (;;) {
        connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            if (errno != EINTR)
                usleep(50000);
            continue;
        }
        pid = fork();
        if (pid == 0) {
            close(listenfd);
            str_echo(connfd);
            close(connfd);
            exit(0);
        }
        if (pid < 0) {
            perror("fork");
            close(connfd);
        }
    }
}
