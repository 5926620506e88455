/* Style: Unix; a thread for each client, which moves the bytes through a pipe with splice() and
 *     never sees them
 * Profile: concurrent
 * Transport: unix
 * Port: $SOCKET_PATH
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static ssize_t move(int from, int to, size_t most)
{
    ssize_t n;

    do
        n = splice(from, NULL, to, NULL, most, SPLICE_F_MOVE);
    while (n < 0 && errno == EINTR);
    return n;
}

static void *serve(void *argument)
{
    int client = (int)(intptr_t)argument, ends[2];

    if (pipe2(ends, O_CLOEXEC) == 0) {
        ssize_t waiting = 0;

        while ((waiting = move(client, ends[1], 65536)) > 0)
            while (waiting > 0) {
                ssize_t sent = move(ends[0], client, (size_t)waiting);

                if (sent <= 0)
                    goto gone;
                waiting -= sent;
            }
gone:
        close(ends[0]);
        close(ends[1]);
    }
    close(client);
    return NULL;
}

int main(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const char *path = getenv("SOCKET_PATH");
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (path == NULL || strlen(path) >= sizeof at.sun_path)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    memcpy(at.sun_path, path, strlen(path));
    unlink(path);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, SOMAXCONN)) {
        perror(path);
        return 1;
    }
    for (;;) {
        pthread_t thread;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (client < 0) {
            usleep(10000);
            continue;
        }
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
            pthread_detach(thread);
        else
            close(client);
    }
}
