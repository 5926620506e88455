/*
 * Bug: the parent keeps its copy of each connection open, so a client never sees the end when its
 *     child has closed it, and the parent's descriptors are used up.
 * Cause: copy-kept-open
 * Also: descriptor-leak
 * Caught by: shutdown/after-echo
 * Profile: concurrent
 * Port: 7777
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERV_PORT 7777
#define LISTENQ 64

static void str_echo(int sockfd)
{
    char buf[4096];
    ssize_t n;

    while ((n = read(sockfd, buf, sizeof(buf))) > 0) {
        ssize_t done = 0, w;
        while (done < n) {
            w = send(sockfd, buf + done, (size_t)(n - done), MSG_NOSIGNAL);
            if (w < 0)
                return;
            done += w;
        }
    }
}

int main(void)
{
    int listenfd, connfd, reuse = 1;
    pid_t childpid;
    struct sockaddr_in servaddr;

    signal(SIGCHLD, SIG_IGN);
    listenfd = socket(AF_INET, SOCK_STREAM, 0);
    bzero(&servaddr, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons(SERV_PORT);
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) < 0) {
        perror("bind error");
        exit(1);
    }
    listen(listenfd, LISTENQ);
    for (;;) {
        connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            sleep(1);
            continue;
        }
        if ((childpid = fork()) == 0) {
            close(listenfd);
            str_echo(connfd);
            exit(0);
        }
        if (childpid < 0)
            perror("fork error");
    }
}
