/*
 * Bug: each message is read into memory of its own, which is freed only where the answer fails, so
 *     the memory of the server grows with every message
 * Cause: memory-leak
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <errno.h>

#define MAX_MESSAGE 4096
#define STACK_SIZE (128 * 1024)

typedef struct message {
    size_t length;
    unsigned char body[MAX_MESSAGE];
} message_t;

/* The next message, or NULL at the end of the connection. */
static message_t *message_receive(int sock)
{
    message_t *msg = calloc(1, sizeof(message_t));
    ssize_t n;

    if (msg == NULL)
        return NULL;
    do {
        n = recv(sock, msg->body, MAX_MESSAGE, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        free(msg);
        return NULL;
    }
    msg->length = (size_t)n;
    return msg;
}

static int message_send(int sock, const message_t *msg)
{
    size_t done = 0;

    while (done < msg->length) {
        ssize_t n = send(sock, msg->body + done, msg->length - done, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

static void *client_thread(void *arg)
{
    int sock = *(int *)arg;
    message_t *msg;

    free(arg);
    while ((msg = message_receive(sock)) != NULL) {
        if (message_send(sock, msg) < 0) {
            free(msg);
            break;
        }
    }
    close(sock);
    return NULL;
}

static void start_thread(int sock)
{
    pthread_attr_t attr;
    pthread_t thread;
    int *arg = malloc(sizeof(int));

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    if (arg != NULL)
        *arg = sock;
    if (arg == NULL || pthread_create(&thread, &attr, client_thread, arg) != 0) {
        free(arg);
        close(sock);
    }
    pthread_attr_destroy(&attr);
}

int main(void)
{
    struct sockaddr_in addr;
    int reuse = 1;
    int server = socket(PF_INET, SOCK_STREAM, 0);

    if (server < 0) {
        perror("socket");
        return 1;
    }
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse));
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(getenv("PORT")));
    inet_pton(AF_INET, "127.0.0.1", &addr.sin_addr);
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind");
        return 1;
    }
    if (listen(server, 1000) < 0) {
        perror("listen");
        return 1;
    }
    while (1) {
        int sock = accept(server, NULL, NULL);

        if (sock >= 0)
            start_thread(sock);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            usleep(50000);
    }
}
