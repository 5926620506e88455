/*
 * Bug: SIGCHLD is handled without SA_RESTART, so accept() fails with EINTR when a child ends, and
 *     the server takes that for a fatal error.
 * Cause: eintr-is-error
 * Also: accept-error-ends, signal-breaks
 * Caught by: launch/stays-up
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void sigchld(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void str_echo(int sockfd)
{
    char line[4096];
    ssize_t n, done, k;

    for (;;) {
        n = read(sockfd, line, sizeof(line));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        for (done = 0; done < n; done += k) {
            k = send(sockfd, line + done, n - done, MSG_NOSIGNAL);
            if (k < 0 && errno == EINTR)
                k = 0;
            else if (k < 0)
                return;
        }
    }
}

int main(void)
{
    struct sockaddr_in servaddr;
    struct sigaction act;
    int listenfd, connfd, on = 1;

    memset(&act, 0, sizeof(act));
    act.sa_handler = sigchld;
    sigemptyset(&act.sa_mask);
    sigaction(SIGCHLD, &act, NULL);

    if ((listenfd = socket(AF_INET, SOCK_STREAM, 0)) < 0)
        err(1, "socket");
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    memset(&servaddr, 0, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = inet_addr("127.0.0.1");
    servaddr.sin_port = htons(atoi(getenv("PORT")));
    if (bind(listenfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) < 0)
        err(1, "bind");
    if (listen(listenfd, 100) < 0)
        err(1, "listen");

    for (;;) {
        connfd = accept(listenfd, NULL, NULL);
        if (connfd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ECONNABORTED) {
                usleep(50000);
                continue;
            }
            err(1, "accept");
        }
        if (fork() == 0) {
            close(listenfd);
            str_echo(connfd);
            exit(0);
        }
        close(connfd);
    }
}
