/*
 * Style: as in the old internet super-servers more than 25 connections within a second are taken for
 *     a looping client: the service is switched off, its listening socket closed, for 8 seconds. A
 *     limit of rates is no bug.
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
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CPS_MAX  25
#define CPS_WAIT 8

struct service {
    const char *name;
    int fd;
    time_t second;      /* the second that is counted */
    int started;        /* connections in it */
    void (*run)(int fd);
};

static void echo_stream(int fd)
{
    char buf[8192];
    ssize_t r, w, off;

    while ((r = read(fd, buf, sizeof buf)) > 0 || (r < 0 && errno == EINTR))
        for (off = 0; off < r; off += w)
            if ((w = write(fd, buf + off, (size_t)(r - off))) < 0)
                return;
}

static void activate(struct service *s)
{
    struct sockaddr_in sin;
    int on = 1;

    memset(&sin, 0, sizeof sin);
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sin.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s->fd, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(s->fd, 64) < 0) {
        perror(s->name);
        exit(1);
    }
    s->started = 0;
}

static int too_fast(struct service *s)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec != s->second) {
        s->second = now.tv_sec;
        s->started = 0;
    }
    return ++s->started > CPS_MAX;
}

static void start(struct service *s, int client)
{
    pid_t pid = fork();

    if (pid == 0) {
        close(s->fd);
        s->run(client);
        _exit(0);
    }
    if (pid < 0)
        perror("fork");
    close(client);
}

int main(void)
{
    struct service echo = {.name = "echo", .run = echo_stream};

    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    activate(&echo);
    for (;;) {
        int client = accept(echo.fd, NULL, NULL);

        if (client < 0) {
            usleep(100000);
            continue;
        }
        start(&echo, client);
        if (too_fast(&echo)) {
            fprintf(stderr, "%s: server failing (looping), service deactivated for %d seconds\n",
                    echo.name, CPS_WAIT);
            close(echo.fd);
            sleep(CPS_WAIT);
            activate(&echo);
        }
    }
}
