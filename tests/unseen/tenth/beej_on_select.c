/* Bug: the highest descriptor is set to that of the newest client, which is lower where a place
 *     has become free; those above it are not looked at until somebody gets a higher one.
 * Cause: wrong-nfds
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFSZ 4096

static struct {
    char *data;
    int begin, end;
} slot[FD_SETSIZE];

static fd_set master_read, master_write;

static void hang_up(int fd)
{
    FD_CLR(fd, &master_read);
    FD_CLR(fd, &master_write);
    free(slot[fd].data);
    slot[fd].data = NULL;
    close(fd);
}

static void try_send(int fd)
{
    ssize_t n = send(fd, slot[fd].data + slot[fd].begin,
                     (size_t)(slot[fd].end - slot[fd].begin), MSG_NOSIGNAL);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            hang_up(fd);
            return;
        }
        n = 0;
    }
    slot[fd].begin += (int)n;
    if (slot[fd].begin == slot[fd].end) {
        FD_CLR(fd, &master_write);
        FD_SET(fd, &master_read);
    } else {
        FD_SET(fd, &master_write);
        FD_CLR(fd, &master_read);
    }
}

static void receive(int fd)
{
    ssize_t n = recv(fd, slot[fd].data, BUFSZ, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        hang_up(fd);
        return;
    }
    slot[fd].begin = 0;
    slot[fd].end = (int)n;
    try_send(fd);
}

int main(void)
{
    int listener, fdmax, yes = 1;
    struct sockaddr_in me;

    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    memset(&me, 0, sizeof me);
    me.sin_family = AF_INET;
    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    me.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(listener, (struct sockaddr *)&me, sizeof me) == -1 || listen(listener, 1024) == -1) {
        perror("selectserver");
        exit(2);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    FD_ZERO(&master_read);
    FD_ZERO(&master_write);
    FD_SET(listener, &master_read);
    fdmax = listener;

    for (;;) {
        fd_set reads = master_read, writes = master_write;
        int limit = fdmax;

        if (select(limit + 1, &reads, &writes, NULL, NULL) < 0) {
            if (errno == EINTR)
                continue;
            perror("select");
            exit(4);
        }
        for (int fd = 0; fd <= limit; fd++) {
            if (fd == listener) {
                if (FD_ISSET(fd, &reads)) {
                    int newfd = accept(listener, NULL, NULL);
                    if (newfd < 0) {
                        if (errno == EMFILE || errno == ENFILE)
                            usleep(10000);
                        continue;
                    }
                    if (newfd >= FD_SETSIZE || (slot[newfd].data = malloc(BUFSZ)) == NULL) {
                        close(newfd);
                        continue;
                    }
                    fcntl(newfd, F_SETFL, O_NONBLOCK);
                    FD_SET(newfd, &master_read);
                    fdmax = newfd;
                    /* what the number stood for before is not ready now */
                    FD_CLR(newfd, &reads);
                    FD_CLR(newfd, &writes);
                }
                continue;
            }
            if (FD_ISSET(fd, &writes))
                try_send(fd);
            else if (FD_ISSET(fd, &reads))
                receive(fd);
        }
    }
}
