/*
 * Bug: the handler of SIGCHLD calls waitpid() once, but one signal may stand for several children
 *     that ended together; the others stay as zombies.
 * Cause: zombies
 * Caught by: resources/zombies
 * Profile: concurrent
 * Port: $PORT
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

static void on_child(int sig)
{
    int saved = errno;
    (void)sig;
    waitpid(-1, NULL, WNOHANG);
    errno = saved;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int write_all(int fd, const char *p, size_t left)
{
    while (left > 0) {
        ssize_t n = write(fd, p, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        left -= n;
    }
    return 0;
}

static void session(int fd)
{
    char buf[2222];
    for (;;) {
        ssize_t n = read(fd, buf, sizeof buf);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || write_all(fd, buf, n) < 0)
            break;
    }
    close(fd);
}

int main(void)
{
    struct sigaction sa;
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_child;
    sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    if (sigaction(SIGCHLD, &sa, NULL) < 0)
        die("sigaction");

    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0)
        die("socket");
    int yes = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in sin = {.sin_family = AF_INET};
    sin.sin_port = htons((unsigned short)strtoul(getenv("PORT"), NULL, 10));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr *)&sin, sizeof sin) < 0)
        die("bind");
    if (listen(s, SOMAXCONN) < 0)
        die("listen");

    for (;;) {
        int c = accept(s, NULL, NULL);
        if (c < 0) {
            if (errno != EINTR && errno != ECONNABORTED)
                usleep(50000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(s);
            session(c);
            _exit(0);
        case -1:
            perror("fork");
        }
        close(c);
    }
}
