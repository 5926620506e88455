/*
 * Bug: the threads are neither joined nor detached, so the system keeps the stack of each one that
 *     has ended, for ever.
 * Cause: memory-leak, thread-leak
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

typedef struct {
    int sock;
} thread_arg_t;

static int write_n(int sock, const char *ptr, size_t left)
{
    while (left > 0) {
        ssize_t written = write(sock, ptr, left);
        if (written <= 0)
            return -1;
        ptr += written;
        left -= (size_t)written;
    }
    return 0;
}

static void *connection_handler(void *p)
{
    thread_arg_t *arg = p;
    int sock = arg->sock;
    char message[4096];
    ssize_t size;

    free(arg);
    while ((size = read(sock, message, sizeof message)) > 0)
        if (write_n(sock, message, (size_t)size) < 0)
            break;
    close(sock);
    return NULL;
}

static int make_server(unsigned short port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons(port)};
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(fd, 512) < 0) {
        perror("server");
        exit(EXIT_FAILURE);
    }
    return fd;
}

int main(void)
{
    const char *port = getenv("PORT");
    int server = make_server(port ? (unsigned short)atoi(port) : 8888);

    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        pthread_t thread_id;
        thread_arg_t *arg;
        int client = accept(server, NULL, NULL);

        if (client < 0) {
            usleep(20000);
            continue;
        }
        arg = malloc(sizeof *arg);
        if (arg == NULL) {
            close(client);
            continue;
        }
        arg->sock = client;
        if (pthread_create(&thread_id, NULL, connection_handler, arg) != 0) {
            free(arg);
            close(client);
        }
    }
}
