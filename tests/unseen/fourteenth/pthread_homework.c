/*
 * Bug: each thread gets the address of the loop's variable, so when two clients come close together
 *     both threads may serve the second, and the first is never served.
 * Cause: shared-loop-variable
 * Profile: concurrent
 * Port: $PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#define BUF_LEN 2048

void *client_thread(void *arg)
{
    int sock = *(int *)arg;
    char buffer[BUF_LEN];
    ssize_t got;

    while ((got = recv(sock, buffer, BUF_LEN, 0)) > 0) {
        ssize_t done = 0;
        while (done < got) {
            ssize_t put = send(sock, buffer + done, got - done, 0);
            if (put < 0) {
                close(sock);
                return NULL;
            }
            done += put;
        }
    }
    close(sock);
    return NULL;
}

int main(void)
{
    int server_sock, client_sock, opt = 1;
    struct sockaddr_in addr;
    pthread_t tid;
    pthread_attr_t attr;

    signal(SIGPIPE, SIG_IGN);

    server_sock = socket(AF_INET, SOCK_STREAM, 0);
    if (server_sock < 0) {
        perror("socket");
        exit(EXIT_FAILURE);
    }
    setsockopt(server_sock, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));

    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(atoi(getenv("PORT")));
    if (bind(server_sock, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind");
        exit(EXIT_FAILURE);
    }
    if (listen(server_sock, 128) < 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 128 * 1024);

    while (1) {
        client_sock = accept(server_sock, NULL, NULL);
        if (client_sock < 0) {
            if (errno == EMFILE || errno == ENFILE)
                usleep(20000);
            continue;
        }
        if (pthread_create(&tid, &attr, client_thread, &client_sock) != 0)
            close(client_sock);
    }
    return 0;
}
