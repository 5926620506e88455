/*
 * Bug: what was read is sent with strlen(), so it ends at the first zero byte.
 * Cause: cut-at-nul
 * Caught by: identity/nul-bytes
 * Profile: sequential
 * Port: 8081
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 8081
#define MAXLINE 1024

static int send_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = send(fd, text, left, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        text += n;
        left -= (size_t)n;
    }
    return 0;
}

int main(void)
{
    int sockfd = socket(AF_INET, SOCK_STREAM, 0), opt = 1;
    struct sockaddr_in addr;
    char buffer[MAXLINE + 1];

    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(PORT);
    setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &opt, sizeof(opt));
    if (bind(sockfd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(sockfd, 16) < 0) {
        perror("socket");
        return EXIT_FAILURE;
    }
    for (;;) {
        int connfd = accept(sockfd, NULL, NULL);
        if (connfd < 0) {
            usleep(100000);
            continue;
        }
        ssize_t n;
        while ((n = recv(connfd, buffer, MAXLINE, 0)) > 0) {
            buffer[n] = '\0';
            if (send_all(connfd, buffer) < 0)
                break;
        }
        close(connfd);
    }
}
