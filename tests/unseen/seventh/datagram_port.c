/*
 * Bug: recv() is called with MSG_TRUNC, as the datagram version of the program did; on TCP that
 *     flag throws the bytes away and returns only their number, so each answer has the right length
 *     and is made of NULs.
 * Cause: none-of-these
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_MAX 1400

static int reply(int fd, const unsigned char *packet, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, packet, len, MSG_NOSIGNAL);

        if (sent < 0)
            return -1;
        packet += sent;
        len -= (size_t)sent;
    }
    return 0;
}

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    unsigned char packet[PACKET_MAX];

    memset(packet, 0, sizeof packet);
    for (;;) {
        /* MSG_TRUNC: tell the real length, so that we notice packets above PACKET_MAX */
        ssize_t len = recv(fd, packet, sizeof packet, MSG_TRUNC);

        if (len <= 0)
            break;
        if ((size_t)len > sizeof packet) {
            fprintf(stderr, "packet of %zd bytes is too long\n", len);
            continue;
        }
        if (reply(fd, packet, (size_t)len) < 0)
            break;
    }
    close(fd);
    return NULL;
}

int main(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in here;
    int yes = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    memset(&here, 0, sizeof here);
    here.sin_family = AF_INET;
    here.sin_port = htons((unsigned short)atoi(port ? port : "0"));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 64) != 0) {
        perror("bind");
        return 1;
    }
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) {
            usleep(50000);
            continue;
        }
        if (pthread_create(&thread, NULL, serve, (void *)(long)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
