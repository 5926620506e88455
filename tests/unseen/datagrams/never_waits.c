/* Bug: it sends with MSG_DONTWAIT, "so that nobody holds it up", and what finds no room is lost
 * Cause: would-block-dropped
 * Also: stalled-output-dropped, short-send-ignored
 * Profile: concurrent
 * Transport: unix
 * Port: $SOCKET_PATH
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MANY 1000

static struct pollfd watched[MANY];
static nfds_t used = 1;

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0)
        return;
    if (used == MANY) {
        close(fd);
        return;
    }
    watched[used].fd = fd;
    watched[used++].events = POLLIN;
}

static int answer(int fd)
{
    char chunk[8192];
    ssize_t n = recv(fd, chunk, sizeof chunk, 0);

    if (n <= 0)
        return 0;
    send(fd, chunk, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    return 1;
}

int main(void)
{
    const char *path = getenv("SOCKET_PATH");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    if (path == NULL || strlen(path) >= sizeof name.sun_path)
        return 2;
    strcpy(name.sun_path, path);
    unlink(path);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) < 0 || listen(listener, 64) < 0) {
        perror(path);
        return 1;
    }
    watched[0].fd = listener;
    watched[0].events = POLLIN;
    while (poll(watched, used, -1) >= 0) {
        for (nfds_t i = used; i-- > 1;)
            if (watched[i].revents && !answer(watched[i].fd)) {
                close(watched[i].fd);
                watched[i] = watched[--used];
            }
        if (watched[0].revents)
            welcome(listener);
    }
    return 1;
}
