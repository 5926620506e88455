/*
 * Bug: what was received is ended by a zero byte and measured with strlen(), so everything from the
 *     first zero byte in a read on is lost.
 * Cause: cut-at-nul
 * Profile: sequential
 * Port: $PORT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#define RCVBUFSIZE 1024

void die(const char *message)
{
    perror(message);
    exit(1);
}

int send_message(int sock, const char *message)
{
    size_t left = strlen(message);

    while (left > 0) {
        ssize_t sent = send(sock, message, left, 0);
        if (sent < 0)
            return -1;
        message += sent;
        left -= sent;
    }
    return 0;
}

void handle_client(int sock)
{
    char buffer[RCVBUFSIZE + 1];
    ssize_t received;

    while ((received = recv(sock, buffer, RCVBUFSIZE, 0)) > 0) {
        buffer[received] = '\0';
        if (send_message(sock, buffer) < 0)
            break;
    }
    close(sock);
}

int main(void)
{
    struct sockaddr_in server, client;
    socklen_t client_len;
    int serversock, clientsock, reuse = 1;

    signal(SIGPIPE, SIG_IGN);
    if ((serversock = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP)) < 0)
        die("Failed to create socket");
    setsockopt(serversock, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));

    memset(&server, 0, sizeof(server));
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = inet_addr("127.0.0.1");
    server.sin_port = htons(atoi(getenv("PORT")));
    if (bind(serversock, (struct sockaddr *)&server, sizeof(server)) < 0)
        die("Failed to bind the server socket");
    if (listen(serversock, 100) < 0)
        die("Failed to listen on server socket");

    while (1) {
        client_len = sizeof(client);
        clientsock = accept(serversock, (struct sockaddr *)&client, &client_len);
        if (clientsock < 0)
            continue;
        printf("Client connected: %s\n", inet_ntoa(client.sin_addr));
        handle_client(clientsock);
    }
}
