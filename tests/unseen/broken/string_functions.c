/*
 * Bug: the length of what was received is measured with strlen(), so everything from the first
 *     NUL byte on is lost.
 * Cause: cut-at-nul
 * Caught by: identity/nul-bytes
 * Profile: sequential
 * Port: 22005
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void error(const char *msg)
{
    perror(msg);
    exit(1);
}

static int write_string(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return 0;
}

int main(void)
{
    int sockfd, newsockfd, on = 1;
    struct sockaddr_in serv_addr;
    char buffer[256];

    signal(SIGPIPE, SIG_IGN);
    sockfd = socket(AF_INET, SOCK_STREAM, 0);
    if (sockfd < 0)
        error("ERROR opening socket");
    setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    bzero((char *)&serv_addr, sizeof(serv_addr));
    serv_addr.sin_family = AF_INET;
    serv_addr.sin_addr.s_addr = inet_addr("127.0.0.1");
    serv_addr.sin_port = htons(22005);
    if (bind(sockfd, (struct sockaddr *)&serv_addr, sizeof(serv_addr)) < 0)
        error("ERROR on binding");
    listen(sockfd, 5);
    while (1) {
        newsockfd = accept(sockfd, NULL, NULL);
        if (newsockfd < 0) {
            perror("ERROR on accept");
            sleep(1);
            continue;
        }
        bzero(buffer, 256);
        while (read(newsockfd, buffer, 255) > 0) {
            if (write_string(newsockfd, buffer) < 0)
                break;
            bzero(buffer, 256);
        }
        close(newsockfd);
    }
}
