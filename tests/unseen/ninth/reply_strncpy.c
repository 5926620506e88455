/*
 * Bug: the answer is prepared with strncpy(), which stops at the first zero byte and fills the
 *     rest of the answer with zeros.
 * Cause: cut-at-nul
 * Profile: sequential
 * Port: $PORT
 */
/* Lab 2 - iterative TCP server. Student solution. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFLEN 1024

static int make_server(unsigned short port)
{
    int on = 1;
    int s = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP);
    struct sockaddr_in sa;

    if (s == -1)
        return -1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&sa, '\0', sizeof sa);
    sa.sin_family = AF_INET;
    sa.sin_port = htons(port);
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(s, (struct sockaddr *)&sa, sizeof sa) == -1 || listen(s, 200) == -1) {
        close(s);
        return -1;
    }
    return s;
}

static int reply_to_client(int client, char *reply, int length)
{
    int sent = 0;

    while (sent < length) {
        int r = send(client, reply + sent, length - sent, MSG_NOSIGNAL);
        if (r == -1)
            return -1;
        sent = sent + r;
    }
    return 0;
}

static void handle_client(int client)
{
    char request[BUFLEN];
    char reply[BUFLEN];
    int length;

    /* read a request, build the reply, send the reply */
    while ((length = recv(client, request, BUFLEN, 0)) > 0) {
        strncpy(reply, request, length);
        if (reply_to_client(client, reply, length) == -1)
            break;
    }
}

int main(void)
{
    const char *port = getenv("PORT");
    int server = make_server(port ? (unsigned short)atoi(port) : 7);

    if (server == -1) {
        perror("server");
        return EXIT_FAILURE;
    }
    for (;;) {
        int client = accept(server, NULL, NULL);
        if (client == -1) {
            usleep(10000);
            continue;
        }
        handle_client(client);
        close(client);
    }
}
