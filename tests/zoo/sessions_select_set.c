/* select() is given the set of all descriptors itself, and not a copy: it takes out whoever is not
 * ready.  When one client has talked while the others are silent, nobody else is looked at again,
 * the listener neither.
 *
 * Clause: sessions/one-after-another
 * Trigger: a second client comes when the first has talked
 * Profile: concurrent
 * Grade: realistic
 * Cause: select-set-used-up
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static fd_set watched;
static int highest;

static int open_listener(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_port = htons(port ? (unsigned short)atoi(port) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
        || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }
    return fd;
}

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0)
        return;
    if (fd >= FD_SETSIZE) {
        close(fd);
        return;
    }
    FD_SET(fd, &watched);
    if (fd > highest)
        highest = fd;
}

static void answer(int fd)
{
    char buf[4096];
    ssize_t sent = 0, n = recv(fd, buf, sizeof buf, 0);

    for (ssize_t done = 0; done < n; done += sent)
        if ((sent = send(fd, buf + done, (size_t)(n - done), MSG_NOSIGNAL)) < 0)
            break;
    if (n <= 0 || sent < 0) {
        FD_CLR(fd, &watched);
        close(fd);
    }
}

int main(void)
{
    int listener = open_listener();

    FD_SET(listener, &watched);
    highest = listener;
    for (;;) {
        if (select(highest + 1, &watched, NULL, NULL, NULL) < 0 && errno != EINTR)
            return EXIT_FAILURE;
        for (int fd = 0; fd <= highest; fd++) {
            if (!FD_ISSET(fd, &watched))
                continue;
            if (fd == listener)
                welcome(fd);
            else
                answer(fd);
        }
    }
}
