/*
 * Bug: each child calls alarm(3) once, against clients that hang, and never sets it again, so that
 *     every connection is cut three seconds after it began, however busy it is.
 * Cause: time-limit
 * Also: idle-timeout
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
#include <unistd.h>

#define HANG_LIMIT 3 /* seconds */

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void child(int conn)
{
    char buf[8192];
    ssize_t got, put, off;

    signal(SIGPIPE, SIG_IGN);
    alarm(HANG_LIMIT); /* nobody may occupy a process for ever */
    while ((got = read(conn, buf, sizeof(buf))) != 0) {
        if (got < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        for (off = 0; off < got; off += put) {
            put = write(conn, buf + off, (size_t)(got - off));
            if (put < 0)
                _exit(0);
        }
    }
    close(conn);
    _exit(0);
}

int main(void)
{
    struct sockaddr_in sin;
    int lfd, conn, on = 1;
    char *p = getenv("PORT");

    if (p == NULL) {
        fprintf(stderr, "PORT is not set\n");
        return 2;
    }
    signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
    if ((lfd = socket(AF_INET, SOCK_STREAM, 0)) < 0)
        die("socket");
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_port = htons((in_port_t)atoi(p));
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(lfd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
        die("bind");
    if (listen(lfd, SOMAXCONN) < 0)
        die("listen");

    for (;;) {
        conn = accept(lfd, NULL, NULL);
        if (conn < 0) {
            usleep(20000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(lfd);
            child(conn);
            break;
        case -1:
            perror("fork");
            /* fall through */
        default:
            close(conn);
        }
    }
}
