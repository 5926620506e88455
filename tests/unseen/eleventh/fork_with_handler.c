/*
 * Bug: the handler of SIGCHLD calls waitpid() once and not in a loop. Signals that come together
 *     are one, so when several clients leave at once some children stay as zombies
 * Cause: zombies
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG 1024

static void sigchld_handler(int signo)
{
    int saved_errno = errno;

    (void)signo;
    waitpid(-1, NULL, WNOHANG);
    errno = saved_errno;
}

static void str_echo(int sockfd)
{
    char buf[4096];
    ssize_t n;

    for (;;) {
        n = read(sockfd, buf, sizeof(buf));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;

        for (char *p = buf; n > 0;) {
            ssize_t w = write(sockfd, p, (size_t)n);

            if (w < 0 && errno == EINTR)
                continue;
            if (w < 0)
                return;
            p += w;
            n -= w;
        }
    }
}

int main(void)
{
    int listenfd, connfd, on = 1;
    struct sockaddr_in servaddr;
    struct sigaction sa;

    signal(SIGPIPE, SIG_IGN);
    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = sigchld_handler;
    sigemptyset(&sa.sa_mask);
    sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &sa, NULL) == -1) {
        perror("sigaction");
        exit(1);
    }

    listenfd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    memset(&servaddr, 0, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons(atoi(getenv("PORT")));
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) == -1) {
        perror("bind");
        exit(1);
    }
    if (listen(listenfd, BACKLOG) == -1) {
        perror("listen");
        exit(1);
    }

    for (;;) {
        connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(50000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(listenfd);
            str_echo(connfd);
            close(connfd);
            _exit(0);
        case -1:
            close(connfd);
            break;
        default:
            close(connfd);
            break;
        }
    }
}
