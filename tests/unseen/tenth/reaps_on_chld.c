/* Bug: the handler of SIGCHLD waits for one child only; of children that end at the same moment
 *     the signals become one, and the others stay as zombies.
 * Cause: zombies
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

static void sigchld_handler(int sig)
{
    int saved = errno;

    (void)sig;
    waitpid(-1, NULL, WNOHANG);
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

static void str_echo(int fd)
{
    char buf[8192];
    ssize_t n;

    for (;;) {
        n = read(fd, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || writen(fd, buf, (size_t)n) < 0)
            return;
    }
}

int main(void)
{
    struct sockaddr_in addr;
    struct sigaction sa;
    int one = 1;
    int listenfd = socket(AF_INET, SOCK_STREAM, 0);

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = sigchld_handler;
    sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGCHLD, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);

    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(listenfd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listenfd, 1024) < 0) {
        perror("bind/listen");
        return 1;
    }

    for (;;) {
        pid_t pid;
        int connfd = accept(listenfd, NULL, NULL);

        if (connfd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(10000);
            continue;
        }
        pid = fork();
        if (pid == 0) {
            close(listenfd);
            str_echo(connfd);
            close(connfd);
            _exit(0);
        }
        close(connfd);
    }
}
