/*
 * Bug: a connection is closed by the thread that served it and, up to a quarter of a second later,
 *     once more by a janitor; by then the number may be that of another client, who loses it.
 * Cause: none-of-these
 * Also: closed-under-thread, state-by-descriptor
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHIFT_US 250000

struct bin {
    pthread_mutex_t mutex;
    int *items;
    size_t count, room;
};

static struct bin bin = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void retire(int fd)
{
    pthread_mutex_lock(&bin.mutex);
    if (bin.count == bin.room) {
        size_t room = bin.room ? bin.room * 2 : 16;
        int *items = realloc(bin.items, room * sizeof *items);

        if (items) {
            bin.items = items;
            bin.room = room;
        }
    }
    if (bin.count < bin.room)
        bin.items[bin.count++] = fd;
    pthread_mutex_unlock(&bin.mutex);
}

static void *janitor(void *arg)
{
    (void)arg;
    for (;;) {
        usleep(SHIFT_US);
        pthread_mutex_lock(&bin.mutex);
        while (bin.count > 0)
            close(bin.items[--bin.count]);
        pthread_mutex_unlock(&bin.mutex);
    }
    return NULL;
}

static int echo(int fd)
{
    char data[16384];
    ssize_t got;

    while ((got = recv(fd, data, sizeof data, 0)) > 0) {
        char *p = data;

        while (got > 0) {
            ssize_t put = send(fd, p, (size_t)got, MSG_NOSIGNAL);

            if (put < 0)
                return -1;
            p += put;
            got -= put;
        }
    }
    return (int)got;
}

static void *client(void *arg)
{
    int fd = (int)(intptr_t)arg;

    echo(fd);
    close(fd);
    retire(fd);
    return NULL;
}

static void start(void *(*routine)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, routine, arg) == 0)
        pthread_detach(thread);
    else
        close((int)(intptr_t)arg);
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int reuse = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

    addr.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(listener, (void *)&addr, sizeof addr) || listen(listener, 128)) {
        perror("janitor");
        return 1;
    }
    start(janitor, NULL);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd >= 0)
            start(client, (void *)(intptr_t)fd);
        else
            usleep(100000);
    }
}
