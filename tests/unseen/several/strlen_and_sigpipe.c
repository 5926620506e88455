/*
 * Bug: strlen() measures the data, so it is cut at the first NUL; and SIGPIPE is not ignored, so
 *     a client that leaves while it is written to ends the server.
 * Cause: cut-at-nul
 * Cause: killed-by-sigpipe
 * Caught by: identity/nul-bytes, resilience/vanish-while-sending
 * Profile: sequential
 * Port: 22101
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 4096

static void func(int connfd)
{
    char buff[MAX + 1];
    size_t done, size;

    for (;;) {
        bzero(buff, sizeof(buff));
        if (read(connfd, buff, MAX) <= 0)
            return;
        size = strlen(buff);
        for (done = 0; done < size;) {
            ssize_t n = write(connfd, buff + done, size - done);
            if (n < 0)
                return;
            done += (size_t)n;
        }
    }
}

int main(void)
{
    int sockfd, connfd, yes = 1;
    struct sockaddr_in servaddr;

    sockfd = socket(AF_INET, SOCK_STREAM, 0);
    if (sockfd == -1) {
        printf("socket creation failed...\n");
        exit(1);
    }
    setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    bzero(&servaddr, sizeof(servaddr));
    servaddr.sin_family = AF_INET;
    servaddr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    servaddr.sin_port = htons(22101);
    if (bind(sockfd, (struct sockaddr *)&servaddr, sizeof(servaddr)) != 0) {
        printf("socket bind failed...\n");
        exit(1);
    }
    listen(sockfd, 5);
    for (;;) {
        connfd = accept(sockfd, NULL, NULL);
        if (connfd < 0) {
            usleep(100000);
            continue;
        }
        func(connfd);
        close(connfd);
    }
}
