/*
 * Bug: each thread is given the address of the one variable `client`, which the next accept() may
 *     have changed before the thread reads it.
 * Cause: shared-loop-variable
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void *connection_handler(void *socket_desc)
{
    int sock = *(int *)socket_desc;
    char message[2000];
    int size;

    while ((size = recv(sock, message, sizeof(message), 0)) > 0) {
        int sent = 0;
        while (sent < size) {
            int k = send(sock, message + sent, size - sent, 0);
            if (k < 0) {
                close(sock);
                return 0;
            }
            sent += k;
        }
    }
    close(sock);
    return 0;
}

int main(void)
{
    int server, client, enable = 1;
    struct sockaddr_in address;
    pthread_attr_t detached;

    signal(SIGPIPE, SIG_IGN);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);

    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &enable, sizeof(enable));
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = inet_addr("127.0.0.1");
    address.sin_port = htons(atoi(getenv("PORT")));
    if (bind(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
        puts("bind failed");
        return 1;
    }
    listen(server, 50);

    while (1) {
        pthread_t thread;
        client = accept(server, NULL, NULL);
        if (client < 0) {
            usleep(100000);
            continue;
        }
        if (pthread_create(&thread, &detached, connection_handler, &client) != 0)
            close(client);
    }
}
