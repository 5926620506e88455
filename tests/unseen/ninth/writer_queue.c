/*
 * Bug: the writer thread ends as soon as the queue is marked as finished, also when chunks still
 *     wait in it; what a client sent just before its end is lost.
 * Cause: pending-dropped-at-end
 * Also: end-with-data-lost
 * Profile: concurrent
 * Port: $PORT
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS 8
#define SLOT_SIZE 2048

typedef struct {
    size_t length;
    char bytes[SLOT_SIZE];
} slot_t;

typedef struct {
    int fd;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot_t slots[SLOTS];
    unsigned first, filled;
    bool finished; /* the reader will put no more */
    bool broken;   /* the writer will take no more */
} channel_t;

static bool send_slot(int fd, const slot_t *s)
{
    size_t at = 0;
    while (at < s->length) {
        ssize_t n = send(fd, s->bytes + at, s->length - at, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            at += (size_t)n;
    }
    return true;
}

static void *writer_main(void *arg)
{
    channel_t *ch = arg;

    for (;;) {
        pthread_mutex_lock(&ch->lock);
        while (ch->filled == 0 && !ch->finished)
            pthread_cond_wait(&ch->changed, &ch->lock);
        if (ch->finished) {
            pthread_mutex_unlock(&ch->lock);
            break;
        }
        slot_t *s = &ch->slots[ch->first];
        pthread_mutex_unlock(&ch->lock);

        bool ok = send_slot(ch->fd, s);

        pthread_mutex_lock(&ch->lock);
        ch->first = (ch->first + 1) % SLOTS;
        ch->filled--;
        ch->broken = !ok;
        pthread_cond_broadcast(&ch->changed);
        pthread_mutex_unlock(&ch->lock);
        if (!ok) {
            shutdown(ch->fd, SHUT_RDWR);
            break;
        }
    }
    return NULL;
}

static void read_all(channel_t *ch)
{
    for (;;) {
        pthread_mutex_lock(&ch->lock);
        while (ch->filled == SLOTS && !ch->broken)
            pthread_cond_wait(&ch->changed, &ch->lock);
        bool stop = ch->broken;
        slot_t *s = &ch->slots[(ch->first + ch->filled) % SLOTS];
        pthread_mutex_unlock(&ch->lock);
        if (stop)
            return;

        ssize_t n = recv(ch->fd, s->bytes, SLOT_SIZE, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        s->length = (size_t)n;

        pthread_mutex_lock(&ch->lock);
        ch->filled++;
        pthread_cond_broadcast(&ch->changed);
        pthread_mutex_unlock(&ch->lock);
    }
}

static void *reader_main(void *arg)
{
    channel_t *ch = calloc(1, sizeof *ch);
    int fd = (int)(intptr_t)arg;
    pthread_attr_t small;
    pthread_t writer;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 * 1024);
    if (ch) {
        ch->fd = fd;
        pthread_mutex_init(&ch->lock, NULL);
        pthread_cond_init(&ch->changed, NULL);
        if (pthread_create(&writer, &small, writer_main, ch) == 0) {
            read_all(ch);
            pthread_mutex_lock(&ch->lock);
            ch->finished = true;
            pthread_cond_broadcast(&ch->changed);
            pthread_mutex_unlock(&ch->lock);
            pthread_join(writer, NULL);
        }
        free(ch);
    }
    pthread_attr_destroy(&small);
    close(fd);
    return NULL;
}

int main(void)
{
    struct sockaddr_in me = {.sin_family = AF_INET};
    int on = 1, lfd = socket(AF_INET, SOCK_STREAM, 0);
    pthread_attr_t attr;

    me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    me.sin_port = htons((uint16_t)atoi(getenv("PORT")));
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&me, sizeof me) != 0 || listen(lfd, 1000) != 0) {
        perror("listen");
        return 1;
    }
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_t t;
        int fd = accept(lfd, NULL, NULL);
        if (fd < 0)
            usleep(10 * 1000);
        else if (pthread_create(&t, &attr, reader_main, (void *)(intptr_t)fd) != 0)
            close(fd);
    }
}
