/*
 * Bug: the reply is made with snprintf("%s"), which stops at the first NUL byte of the message.
 * Cause: cut-at-nul
 * Caught by: identity/nul-bytes
 * Profile: sequential
 * Port: $PORT
 */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAXMSG 800

static int open_listener(const char *port)
{
    struct addrinfo hints, *list, *p;
    int fd = -1, yes = 1;

    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo("127.0.0.1", port, &hints, &list) != 0)
        exit(1);
    for (p = list; p != NULL; p = p->ai_next) {
        fd = socket(p->ai_family, p->ai_socktype, p->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, p->ai_addr, p->ai_addrlen) == 0 && listen(fd, 16) == 0)
            break;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

int main(void)
{
    char message[MAXMSG + 1], reply[MAXMSG + 1];
    int listener = open_listener(getenv("PORT"));

    if (listener < 0) {
        perror("listener");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        ssize_t n;

        if (client < 0) {
            sleep(1);
            continue;
        }
        while ((n = recv(client, message, MAXMSG, 0)) > 0) {
            int length, sent = 0;

            message[n] = '\0';
            length = snprintf(reply, sizeof reply, "%s", message);
            while (sent < length) {
                ssize_t k = send(client, reply + sent, length - sent, 0);

                if (k < 0)
                    break;
                sent += k;
            }
            if (sent < length)
                break;
        }
        close(client);
    }
}
