/*
 * Bug: the parent keeps its copy of each client's socket, so no connection ends; and nobody waits
 *     for children that have ended.
 * Cause: copy-kept-open, never-closes
 * Cause: zombies
 * Beside: descriptor-leak
 * Caught by: shutdown/after-echo, resources/zombies
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define BUFSIZE 4096

static void echo(int s)
{
    char buf[BUFSIZE];
    ssize_t got;

    while ((got = read(s, buf, sizeof buf)) != 0) {
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        for (ssize_t done = 0, n; done < got; done += n) {
            n = write(s, buf + done, got - done);
            if (n < 0) {
                if (errno != EINTR)
                    return;
                n = 0;
            }
        }
    }
}

int main(void)
{
    int opt = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr;

    memset(&addr, 0, sizeof addr);
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(atoi(getenv("PORT")));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof opt);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) == -1) {
        perror("bind");
        exit(EXIT_FAILURE);
    }
    listen(listener, 64);
    while (1) {
        int s = accept(listener, NULL, NULL);
        if (s == -1) {
            usleep(50000);
            continue;
        }
        if (fork() == 0) {
            close(listener);
            echo(s);
            close(s);
            _exit(0);
        }
    }
}
