/*
 * Bug: to leave no zombies the parent calls wait() right after fork(), so it accepts the next
 *     client only when the child of the one before has ended.
 * Cause: one-at-a-time, blocked-by-idle-client
 * Profile: concurrent
 * Port: $PORT
 */
/* Operating Systems, exercise 5: an echo server with fork() */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 2048

void error(const char *msg)
{
    perror(msg);
    exit(1);
}

/* talks to one client until it is done */
void echo(int sock)
{
    char buffer[SIZE];
    ssize_t got;

    while ((got = read(sock, buffer, SIZE)) > 0) {
        ssize_t done = 0;
        while (done < got) {
            ssize_t k = send(sock, buffer + done, got - done, MSG_NOSIGNAL);
            if (k < 0) {
                if (errno == EINTR)
                    continue;
                return;
            }
            done += k;
        }
    }
}

int main(void)
{
    struct sockaddr_in addr;
    int listener, sock, yes = 1;
    pid_t pid;

    if (getenv("PORT") == NULL) {
        fprintf(stderr, "PORT is not set\n");
        return 1;
    }
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0)
        error("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));

    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(getenv("PORT")));
    addr.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0)
        error("bind");
    if (listen(listener, 512) < 0)
        error("listen");

    while (1) {
        sock = accept(listener, NULL, NULL);
        if (sock < 0) {
            usleep(20000);
            continue;
        }
        pid = fork();
        if (pid == 0) {
            /* child */
            close(listener);
            echo(sock);
            close(sock);
            _exit(0);
        }
        /* parent: does not need the connection, must collect the child */
        close(sock);
        if (pid > 0)
            wait(NULL);
        else
            usleep(20000);
    }
}
