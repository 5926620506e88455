/*
 * Bug: all threads get the address of the same struct, and the main loop writes the next client's
 *     descriptor into it, so a thread goes on with somebody else's connection.
 * Cause: shared-loop-variable
 * Profile: concurrent
 * Port: $PORT
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <signal.h>
#include <arpa/inet.h>
#include <sys/socket.h>

struct peer {
    int sock;
    struct sockaddr_in addr;
};

void *handle_client(void *arg)
{
    struct peer *peer = (struct peer *)arg;
    char message[1700];
    ssize_t got, done, sent;

    while ((got = recv(peer->sock, message, sizeof(message), 0)) > 0) {
        done = 0;
        while (done < got) {
            sent = send(peer->sock, message + done, got - done, MSG_NOSIGNAL);
            if (sent < 0)
                break;
            done += sent;
        }
        if (done < got)
            break;
    }
    printf("client %s:%d left\n", inet_ntoa(peer->addr.sin_addr), ntohs(peer->addr.sin_port));
    close(peer->sock);
    return NULL;
}

int main(void)
{
    int server = socket(AF_INET, SOCK_STREAM, 0);
    int opt = 1;
    struct sockaddr_in addr;
    struct peer peer;
    socklen_t len;
    pthread_t thread;

    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = inet_addr("127.0.0.1");
    addr.sin_port = htons(atoi(getenv("PORT")));
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind failed");
        return 1;
    }
    listen(server, 30);
    puts("Waiting for clients...");
    while (1) {
        len = sizeof(peer.addr);
        int sock = accept(server, (struct sockaddr *)&peer.addr, &len);
        if (sock < 0) {
            usleep(50000);
            continue;
        }
        peer.sock = sock;
        if (pthread_create(&thread, NULL, handle_client, &peer) != 0) {
            close(sock);
            continue;
        }
        pthread_detach(thread);
    }
}
