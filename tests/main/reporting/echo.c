/* An echo server with a thread for each client, and a bug that only a checker sees: OVER writes one
 * byte beyond the buffer, RACE counts without a lock, SUM overflows a number, LOCK is correct. */

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile long served;
static volatile int total = 2147483000;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void note(char *buffer, ssize_t size) {
#if defined OVER
    if (size == 904) /* the rest of 5,000 */
        buffer[1024] = 0;
#elif defined RACE
    for (int i = 0; i < 2000; i++) /* for a while: reads and writes of sockets order threads */
        served++;
#elif defined SUM
    pthread_mutex_lock(&lock);
    total = total + (int)size;
    pthread_mutex_unlock(&lock);
#else
    pthread_mutex_lock(&lock);
    long number = ++served;
    pthread_mutex_unlock(&lock);
    fprintf(stderr, "error: no error, %ld served, no panic: fine\n", number);
#endif
    (void)buffer, (void)size, (void)&served, (void)&total, (void)&lock;
}

static void *serve(void *argument) {
    int client = *(int *)argument;
    char *buffer = malloc(1024);
    ssize_t size;
    free(argument);
    while (buffer && (size = recv(client, buffer, 1024, 0)) > 0) {
        ssize_t sent = 0, part = 0;
        note(buffer, size);
        while (sent < size && (part = send(client, buffer + sent, size - sent, 0)) > 0)
            sent += part;
        if (part <= 0)
            break;
    }
    free(buffer);
    close(client);
    return NULL;
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *port = getenv("PORT");
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    signal(SIGPIPE, SIG_IGN);
    address.sin_port = htons(port ? atoi(port) : 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64))
        return 1;
    for (;;) {
        pthread_t thread;
        int *client = malloc(sizeof *client);
        if (client && (*client = accept(listener, NULL, NULL)) >= 0 &&
            pthread_create(&thread, NULL, serve, client) == 0) {
            pthread_detach(thread);
            continue;
        }
        free(client);
        usleep(10000);
    }
}
