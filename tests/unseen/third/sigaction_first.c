/*
 * Bug: the handler for SIGCHLD is installed without SA_RESTART, so the end of a child interrupts
 *     accept(), and that EINTR is taken for a fatal error: the server ends with its first client.
 * Cause: eintr-is-error
 * Also: accept-error-ends
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

static void reap(int signo)
{
    int saved = errno;

    (void)signo;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void echo(int fd)
{
    char buf[4400];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) > 0) {
        char *p = buf;
        while (n > 0) {
            ssize_t w = write(fd, p, n);
            if (w < 0)
                return;
            p += w;
            n -= w;
        }
    }
}

int main(void)
{
    struct sigaction sa;
    struct sockaddr_in addr;
    int on = 1, listenfd = socket(AF_INET, SOCK_STREAM, 0);

    if (listenfd < 0)
        die("socket");
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = reap;
    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGCHLD, &sa, NULL) < 0)
        die("sigaction");

    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(getenv("PORT")));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listenfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listenfd, (struct sockaddr *)&addr, sizeof addr) < 0)
        die("bind");
    if (listen(listenfd, 40) < 0)
        die("listen");

    for (;;) {
        int fd = accept(listenfd, NULL, NULL);
        pid_t pid;

        if (fd < 0)
            die("accept");
        pid = fork();
        if (pid == 0) {
            close(listenfd);
            echo(fd);
            _exit(0);
        }
        if (pid < 0)
            perror("fork");
        close(fd);
    }
}
