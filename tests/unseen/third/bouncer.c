/*
 * Bug: `inside` is counted up for each client that comes in and never down when it goes, so after
 *     15 clients in all every other one is sent away.
 * Cause: connections-used-up
 * Profile: concurrent
 * Port: $PORT
 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM_FOR 15

static int inside = 0;

void *guest(void *p)
{
    int fd = *(int *)p;
    char drink[900];
    ssize_t got, sent, n;

    free(p);
    while ((got = recv(fd, drink, sizeof(drink), 0)) > 0) {
        for (sent = 0; sent < got; sent += n) {
            n = send(fd, drink + sent, got - sent, 0);
            if (n < 0)
                goto out;
        }
    }
out:
    close(fd);
    return NULL;
}

int main()
{
    int door = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in here;

    signal(SIGPIPE, SIG_IGN);
    memset(&here, 0, sizeof(here));
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons(atoi(getenv("PORT")));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(door, (struct sockaddr *)&here, sizeof(here)) == -1) {
        perror("bind");
        return 1;
    }
    listen(door, 50);

    while (1) {
        int fd = accept(door, NULL, NULL);
        int *ticket;
        pthread_t t;

        if (fd == -1) {
            usleep(100000);
            continue;
        }
        if (inside >= ROOM_FOR) {
            fprintf(stderr, "sorry, we are full\n");
            close(fd);
            continue;
        }
        inside++;
        ticket = malloc(sizeof(*ticket));
        *ticket = fd;
        if (pthread_create(&t, NULL, guest, ticket) == 0)
            pthread_detach(t);
        else
            close(fd);
    }
}
