/*
 * Bug: each thread gets the address of the variable into which the next accept() writes; when two
 *     clients come together, both threads may serve the second and the first is forgotten.
 * Cause: shared-loop-variable
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: 22006
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct info {
    int sock;
    struct sockaddr_in from;
};

static int put(int sock, const char *data, ssize_t size)
{
    ssize_t n, done = 0;

    while (done < size) {
        n = send(sock, data + done, (size_t)(size - done), MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        done += n;
    }
    return 0;
}

static void *serve(void *p)
{
    struct info mine = *(struct info *)p;
    char ip[INET_ADDRSTRLEN], block[4096];
    ssize_t n;

    pthread_detach(pthread_self());
    inet_ntop(AF_INET, &mine.from.sin_addr, ip, sizeof ip);
    printf("connection from %s:%d\n", ip, ntohs(mine.from.sin_port));
    while ((n = recv(mine.sock, block, sizeof block, 0)) > 0)
        if (put(mine.sock, block, n) < 0)
            break;
    close(mine.sock);
    return NULL;
}

int main(void)
{
    int one = 1, l = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(22006)};
    struct info client;
    socklen_t size;
    pthread_t t;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l, (struct sockaddr *)&a, sizeof a) < 0) {
        perror("bind");
        return 1;
    }
    listen(l, 50);
    for (;;) {
        size = sizeof client.from;
        client.sock = accept(l, (struct sockaddr *)&client.from, &size);
        if (client.sock < 0) {
            usleep(50000);
            continue;
        }
        pthread_create(&t, NULL, serve, &client);
    }
}
