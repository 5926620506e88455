/* Bug: the handler of SIGCHLD waits for one child, though several may have ended when it runs:
 *     zombies stay, and their places are never given back.
 * Cause: zombies, connections-used-up
 * Profile: concurrent
 * Port: $PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int max_children = 4000;
static volatile sig_atomic_t children;

static void log_msg(const char *level, const char *fmt, ...)
{
    char stamp[32];
    time_t now = time(NULL);
    va_list ap;
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", localtime(&now));
    printf("%s %-5s [%d] ", stamp, level, (int)getpid());
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
    fflush(stdout);
}

static void on_child(int sig)
{
    int saved = errno;
    (void)sig;
    if (waitpid(-1, NULL, WNOHANG) > 0)
        children--;
    errno = saved;
}

static int serve(int fd)
{
    char buf[16384];
    for (;;) {
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0;
        for (ssize_t off = 0; off < got;) {
            ssize_t put = send(fd, buf + off, (size_t)(got - off), MSG_NOSIGNAL);
            if (put < 0 && errno == EINTR)
                continue;
            if (put < 0)
                return 1;
            off += put;
        }
    }
}

static void spawn(int listener, int fd)
{
    sigset_t chld, before;
    pid_t pid;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    if (children >= max_children) {
        log_msg("WARN", "limit of %d connections reached", max_children);
    } else if ((pid = fork()) == 0) {
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        close(listener);
        serve(fd);
        close(fd);
        _exit(0);
    } else if (pid > 0) {
        children++;
    } else {
        log_msg("ERROR", "fork: %s", strerror(errno));
    }
    close(fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static int open_listener(const char *port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in sa;
    memset(&sa, 0, sizeof sa);
    sa.sin_family = AF_INET;
    sa.sin_port = htons((unsigned short)strtoul(port, NULL, 10));
    inet_pton(AF_INET, "127.0.0.1", &sa.sin_addr);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
        || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(fd, 1024) < 0) {
        log_msg("FATAL", "listen on %s: %s", port, strerror(errno));
        exit(1);
    }
    return fd;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sigaction sa;
    int listener = open_listener(port ? port : "7000");
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_child;
    sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    sigaction(SIGCHLD, &sa, NULL);
    log_msg("INFO", "ready");
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            spawn(listener, fd);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            log_msg("ERROR", "accept: %s", strerror(errno));
            usleep(50000);
        }
    }
}
