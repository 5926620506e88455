/* Bug: the handler of SIGCHLD calls wait() once; signals that come together are one, so of several
 *     children that end at the same time only one or two are waited for, and the rest stay as zombies.
 * Cause: zombies
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAXLINE 4096
#define LISTENQ 1024

static void sig_chld(int signo)
{
    int saved = errno, stat;

    (void)signo;
    wait(&stat);
    errno = saved;
}

static int writen(int fd, const char *vptr, size_t n)
{
    while (n > 0) {
        ssize_t nwritten = write(fd, vptr, n);
        if (nwritten < 0 && errno == EINTR)
            continue;
        if (nwritten <= 0)
            return -1;
        vptr += nwritten;
        n -= (size_t)nwritten;
    }
    return 0;
}

static void str_echo(int sockfd)
{
    char buf[MAXLINE];
    ssize_t n;

again:
    while ((n = read(sockfd, buf, MAXLINE)) > 0)
        if (writen(sockfd, buf, (size_t)n) < 0)
            return;
    if (n < 0 && errno == EINTR)
        goto again;
}

static void on_signal(int signo, void (*handler)(int))
{
    struct sigaction act;

    memset(&act, 0, sizeof act);
    act.sa_handler = handler;
    act.sa_flags = SA_RESTART;
    sigemptyset(&act.sa_mask);
    sigaction(signo, &act, NULL);
}

int main(void)
{
    int listenfd, connfd, on = 1;
    struct sockaddr_in servaddr;
    pid_t childpid;

    listenfd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&servaddr, 0, sizeof servaddr);
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof servaddr) < 0) {
        perror("bind error");
        exit(1);
    }
    listen(listenfd, LISTENQ);
    on_signal(SIGCHLD, sig_chld);
    on_signal(SIGPIPE, SIG_IGN);

    for (;;) {
        connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            if (errno != EINTR)
                usleep(50000);
            continue;
        }
        if ((childpid = fork()) == 0) { /* child process */
            close(listenfd);
            str_echo(connfd);
            exit(0);
        }
        close(connfd); /* parent closes connected socket */
    }
}
