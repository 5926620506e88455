/*
 * Bug: write() is called once for each read and the number of bytes that it took is not looked
 *     at.
 * Cause: short-send-ignored
 * Caught by: partial-send/interrupted-send
 * Profile: concurrent
 * Port: 22003
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ERROR(what) do { perror(what); exit(EXIT_FAILURE); } while (0)

static void *connection_handler(void *arg)
{
    int sock = (int)(intptr_t)arg;
    static __thread char message[32768];
    ssize_t size;

    while ((size = recv(sock, message, sizeof message, 0)) > 0)
        if (write(sock, message, size) < 0)
            break;
    if (size == 0)
        puts("Client disconnected");
    else
        perror("client");
    close(sock);
    return NULL;
}

int main(void)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(22003)};
    pthread_attr_t detached;
    int desc, opt = 1;

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    desc = socket(AF_INET, SOCK_STREAM, 0);
    if (desc == -1)
        ERROR("could not create socket");
    setsockopt(desc, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof opt);
    server.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (bind(desc, (struct sockaddr *)&server, sizeof server) < 0)
        ERROR("bind failed");
    listen(desc, 64);
    puts("Waiting for incoming connections...");
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_t id;
        int client = accept(desc, NULL, NULL);

        if (client < 0) {
            perror("accept failed");
            usleep(50000);
            continue;
        }
        if (pthread_create(&id, &detached, connection_handler, (void *)(intptr_t)client) != 0)
            close(client);
    }
}
