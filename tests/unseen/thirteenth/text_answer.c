/* Bug: the length of the answer is strlen() of what was read, so a message that has a zero byte is
 *     sent back only up to there.
 * Cause: cut-at-nul
 * Profile: sequential
 * Port: $PORT
 */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define BUFSIZE 1024

static void error(const char *msg)
{
    perror(msg);
    exit(1);
}

static int send_string(int sockfd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = send(sockfd, text, left, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        text += n;
        left -= (size_t)n;
    }
    return 0;
}

static void serve(int sockfd)
{
    char buffer[BUFSIZE];

    for (;;) {
        ssize_t n = recv(sockfd, buffer, BUFSIZE - 1, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        buffer[n] = '\0';
        if (send_string(sockfd, buffer) < 0)
            return;
    }
}

int main(void)
{
    struct addrinfo hints, *info;
    int sockfd, newsockfd, optval = 1, status;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    status = getaddrinfo("127.0.0.1", getenv("PORT"), &hints, &info);
    if (status != 0) {
        fprintf(stderr, "getaddrinfo: %s\n", gai_strerror(status));
        exit(1);
    }
    sockfd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
    if (sockfd < 0)
        error("ERROR opening socket");
    setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &optval, sizeof optval);
    if (bind(sockfd, info->ai_addr, info->ai_addrlen) < 0)
        error("ERROR on binding");
    freeaddrinfo(info);
    listen(sockfd, 128);
    while (1) {
        newsockfd = accept(sockfd, NULL, NULL);
        if (newsockfd < 0) {
            usleep(50000);
            continue;
        }
        serve(newsockfd);
        close(newsockfd);
    }
}
