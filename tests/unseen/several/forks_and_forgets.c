/*
 * Bug: the parent closes no connection that it has given to a child, and waits for no child; and
 *     a read that fills the buffer of 2048 bytes loses its last byte.
 * Cause: descriptor-leak
 * Cause: zombies
 * Cause: off-by-one-at-full-read
 * Also: never-closes
 * Caught by: resources/zombies, chunking/read-boundary
 * Profile: concurrent
 * Port: 22102
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE 2048

static void doprocessing(int sock)
{
    char buffer[LINE];
    ssize_t n, off, k;

    while ((n = read(sock, buffer, LINE)) > 0) {
        if (n > LINE - 1)
            n = LINE - 1;
        for (off = 0; off < n; off += k)
            if ((k = write(sock, buffer + off, (size_t)(n - off))) < 0)
                return;
    }
    shutdown(sock, SHUT_WR);
}

int main(void)
{
    struct sockaddr_in serv = {.sin_family = AF_INET, .sin_port = htons(22102)};
    int sockfd = socket(AF_INET, SOCK_STREAM, 0), opt = 1;

    serv.sin_addr.s_addr = inet_addr("127.0.0.1");
    setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof opt);
    if (bind(sockfd, (struct sockaddr *)&serv, sizeof serv) < 0) {
        perror("ERROR on binding");
        exit(1);
    }
    listen(sockfd, 60);
    while (1) {
        int newsockfd = accept(sockfd, NULL, NULL);

        if (newsockfd < 0) {
            usleep(50000);
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(sockfd);
            doprocessing(newsockfd);
            exit(0);
        }
    }
}
