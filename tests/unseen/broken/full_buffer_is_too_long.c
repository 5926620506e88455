/*
 * Bug: a read that fills the buffer of 1024 bytes is taken for a message that is too long, and is
 *     thrown away with a complaint in the log.
 * Cause: full-read-lost
 * Caught by: chunking/read-boundary
 * Profile: concurrent
 * Port: 22002
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAXLINE 1024
#define SERV_PORT 22002

static void writen(int fd, const char *ptr, ssize_t nleft)
{
    while (nleft > 0) {
        ssize_t nwritten = write(fd, ptr, nleft);
        if (nwritten < 0) {
            if (errno == EINTR)
                continue;
            exit(0);
        }
        nleft -= nwritten;
        ptr += nwritten;
    }
}

static void str_echo(int sockfd)
{
    char buf[MAXLINE];
    ssize_t n;

    while ((n = read(sockfd, buf, MAXLINE)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        if (n >= MAXLINE) {
            fprintf(stderr, "message too long\n");
            continue;
        }
        writen(sockfd, buf, n);
    }
}

static void sig_chld(int signo)
{
    int saved = errno;

    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

int main(void)
{
    int listenfd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in servaddr;

    signal(SIGCHLD, sig_chld);
    memset(&servaddr, 0, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = inet_addr("127.0.0.1");
    servaddr.sin_port = htons(SERV_PORT);
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) < 0) {
        perror("bind error");
        return 1;
    }
    listen(listenfd, 128);
    for (;;) {
        int connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            if (errno != EINTR)
                usleep(50000);
            continue;
        }
        if (fork() == 0) {
            close(listenfd);
            str_echo(connfd);
            exit(0);
        }
        close(connfd);
    }
}
