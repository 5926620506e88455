/* A client who says nothing for a second is cut off by a timer, so that the next one gets a turn;
 * the protocol lets a connection be idle for as long as it likes.
 *
 * Clause: shutdown/idle-kept
 * Trigger: a second without data
 * Profile: sequential
 * Grade: realistic
 * Cause: idle-timeout
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

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

static int send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static void on_alarm(int number)
{
    (void)number; /* it is enough that read() returns */
}

static void serve(int fd)
{
    char buf[1024];
    ssize_t n;

    do {
        alarm(1);
        n = read(fd, buf, sizeof buf);
        alarm(0);
    } while (n > 0 && send_all(fd, buf, (size_t)n) == 0);
}

int main(void)
{
    int listener = open_listener();
    struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */

    sigaction(SIGALRM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            usleep(10000); /* out of descriptors: better times will come */
            continue;
        }
        serve(fd);
        close(fd);
    }
}
