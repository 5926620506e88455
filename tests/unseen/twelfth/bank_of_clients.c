/* Bug: when a client leaves, the last pollfd is moved into its place, but the outbox of the last
 *     client is not moved with it: that client goes on with the outbox of the one that has left,
 *     and is closed after its next message, or gets what was not its own.
 * Cause: removes-wrong-client, state-by-descriptor
 * Also: shared-buffer, leftover-of-earlier
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 4000
#define BOX_SIZE 32768

struct outbox {
    char data[BOX_SIZE];
    size_t start, end;
    int finished;
};

static struct pollfd fds[MAX_CLIENTS + 1]; /* fds[0] is the listening socket */
static struct outbox boxes[MAX_CLIENTS + 1];
static int nfds = 1;

static void add_client(int fd)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fds[nfds].fd = fd;
    fds[nfds].events = POLLIN;
    fds[nfds].revents = 0;
    boxes[nfds].start = boxes[nfds].end = 0;
    boxes[nfds].finished = 0;
    nfds++;
}

static void remove_client(int i)
{
    close(fds[i].fd);
    fds[i] = fds[nfds - 1];
    nfds--;
}

/* Returns -1 when the client can be removed. */
static int serve(int i)
{
    struct outbox *box = &boxes[i];
    ssize_t n;

    if (box->start == box->end && !box->finished) {
        n = recv(fds[i].fd, box->data, BOX_SIZE, 0);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -1;
        if (n == 0)
            return -1;
        box->start = 0;
        box->end = (size_t)n;
        if (n < BOX_SIZE) {
            /* maybe it was the last piece: look for the end without waiting */
            char c;
            box->finished = recv(fds[i].fd, &c, 1, MSG_PEEK) == 0;
        }
    }
    while (box->start < box->end) {
        n = send(fds[i].fd, box->data + box->start, box->end - box->start, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN)
                return -1;
            break;
        }
        box->start += (size_t)n;
    }
    if (box->start == box->end && box->finished)
        return -1;
    fds[i].events = box->start < box->end ? POLLOUT : POLLIN;
    return 0;
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    addr.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 256) < 0) {
        perror("listen");
        return 1;
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    fds[0].fd = listener;

    for (;;) {
        fds[0].events = nfds <= MAX_CLIENTS ? POLLIN : 0;
        if (poll(fds, (nfds_t)nfds, -1) < 0)
            continue;
        for (int i = nfds - 1; i > 0; i--)
            if (fds[i].revents && serve(i) < 0)
                remove_client(i);
        if (fds[0].revents & POLLIN) {
            int fd = accept(listener, NULL, NULL);
            if (fd >= 0)
                add_client(fd);
            else if (errno == EMFILE || errno == ENFILE)
                usleep(20000);
        }
    }
}
