/*
 * Bug: the handler of SIGCHLD takes one child off for each signal; of children that end at the same
 *     time there is only one signal, and the others stay as zombies.
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
#include <sys/wait.h>
#include <unistd.h>

static void sigchld_handler(int sig)
{
    int saved_errno = errno;

    (void)sig;
    waitpid(-1, NULL, WNOHANG);
    errno = saved_errno;
}

static void echo(int fd)
{
    char buf[8192];
    ssize_t got;

    while ((got = recv(fd, buf, sizeof buf, 0)) > 0) {
        char *p = buf;
        while (got > 0) {
            ssize_t put = send(fd, p, (size_t)got, MSG_NOSIGNAL);
            if (put < 0)
                return;
            p += put;
            got -= put;
        }
    }
}

int main(int argc, char **argv)
{
    const char *port = argc > 1 ? argv[1] : getenv("PORT");
    struct sockaddr_in addr;
    struct sigaction sa;
    int listener, yes = 1;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = sigchld_handler;
    sigemptyset(&sa.sa_mask);
    sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &sa, NULL) == -1) {
        perror("sigaction");
        exit(1);
    }

    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons((unsigned short)atoi(port ? port : "3490"));
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) == -1) {
        perror("bind");
        exit(1);
    }
    if (listen(listener, 512) == -1) {
        perror("listen");
        exit(1);
    }

    while (1) {
        int fd = accept(listener, NULL, NULL);
        if (fd == -1) {
            if (errno != EINTR)
                usleep(20000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(listener);
            echo(fd);
            close(fd);
            _exit(0);
        case -1:
            usleep(1000);
            /* fall through */
        default:
            close(fd);
        }
    }
}
