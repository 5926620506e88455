/* Bug: every thread gets the address of the one variable that the accept loop fills; a thread that
 *     starts late finds the descriptor of the next client there, so two threads serve one client and
 *     nobody serves the other.
 * Cause: shared-loop-variable
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 4096

/* This will handle the connection of each client */
static void *connection_handler(void *socket_desc)
{
    int sock = *(int *)socket_desc;
    char message[BUFFER];
    ssize_t size;

    while ((size = recv(sock, message, sizeof message, 0)) > 0) {
        ssize_t done = 0;
        while (done < size) {
            ssize_t n = send(sock, message + done, (size_t)(size - done), 0);
            if (n <= 0) {
                close(sock);
                return NULL;
            }
            done += n;
        }
    }
    close(sock);
    return NULL;
}

int main(void)
{
    struct sockaddr_in server, client;
    socklen_t length;
    pthread_attr_t attributes;
    int listening, client_sock, on = 1;

    signal(SIGPIPE, SIG_IGN);
    listening = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&server, 0, sizeof server);
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    if (bind(listening, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("bind failed");
        return 1;
    }
    listen(listening, 256);
    puts("Waiting for incoming connections...");
    fflush(stdout);

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    for (;;) {
        pthread_t thread;

        length = sizeof client;
        client_sock = accept(listening, (struct sockaddr *)&client, &length);
        if (client_sock < 0) {
            usleep(50000);
            continue;
        }
        if (pthread_create(&thread, &attributes, connection_handler, &client_sock) != 0)
            close(client_sock);
    }
}
