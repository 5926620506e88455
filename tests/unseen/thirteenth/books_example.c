/*
 * Bug: the handler of SIGCHLD waits for one child only, and signals are not counted: when
 *     several children end at once some stay as zombies.
 * Cause: zombies
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

static void reap(int number)
{
    int saved = errno;

    (void)number;
    waitpid(-1, NULL, WNOHANG);
    errno = saved;
}

static ssize_t writen(int fd, const char *data, size_t size)
{
    size_t left = size;

    while (left > 0) {
        ssize_t n = write(fd, data, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        left -= (size_t)n;
    }
    return (ssize_t)size;
}

static void str_echo(int fd)
{
    char line[4096];
    ssize_t n;

    for (;;) {
        n = read(fd, line, sizeof line);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || writen(fd, line, (size_t)n) < 0)
            return;
    }
}

int main(void)
{
    struct sigaction action;
    struct sockaddr_in here;
    int on = 1, door = socket(AF_INET, SOCK_STREAM, 0);

    memset(&action, 0, sizeof action);
    action.sa_handler = reap;
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    memset(&here, 0, sizeof here);
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_ANY);
    here.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 1024) < 0) {
        perror("cannot listen");
        return 1;
    }
    for (;;) {
        int client = accept(door, NULL, NULL);

        if (client < 0) {
            if (errno != EINTR && errno != ECONNABORTED)
                usleep(100000);
            continue;
        }
        switch (fork()) {
        case 0:
            close(door);
            str_echo(client);
            _exit(0);
        case -1:
            perror("fork");
            break;
        }
        close(client);
    }
}
