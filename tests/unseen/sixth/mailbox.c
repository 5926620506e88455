/*
 * Bug: a message is put into the mailbox with strncpy(), which stops at the first NUL and fills the
 *     rest with zeros; the length is right, the bytes after the NUL are not.
 * Cause: cut-at-nul
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS 8
#define TEXT 2048

struct letter {
    size_t length;
    char text[TEXT];
};

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct letter slots[SLOTS];
    unsigned posted, taken;
};

struct session {
    int fd;
    struct mailbox box;
};

static void post(struct mailbox *box, const char *text, size_t length)
{
    struct letter *slot;

    pthread_mutex_lock(&box->lock);
    while (box->posted - box->taken == SLOTS)
        pthread_cond_wait(&box->changed, &box->lock);
    slot = &box->slots[box->posted % SLOTS];
    slot->length = length;
    strncpy(slot->text, text, length);
    box->posted++;
    pthread_cond_signal(&box->changed);
    pthread_mutex_unlock(&box->lock);
}

static void take(struct mailbox *box, struct letter *into)
{
    pthread_mutex_lock(&box->lock);
    while (box->posted == box->taken)
        pthread_cond_wait(&box->changed, &box->lock);
    *into = box->slots[box->taken++ % SLOTS];
    pthread_cond_signal(&box->changed);
    pthread_mutex_unlock(&box->lock);
}

static void *write_letters(void *arg)
{
    struct session *s = arg;
    struct letter letter;
    int broken = 0;

    for (;;) {
        size_t done = 0;

        take(&s->box, &letter);
        if (letter.length == 0)
            return NULL;
        while (!broken && done < letter.length) {
            ssize_t n = send(s->fd, letter.text + done, letter.length - done, MSG_NOSIGNAL);

            if (n < 0) {
                broken = 1;
                shutdown(s->fd, SHUT_RDWR);
            } else {
                done += (size_t)n;
            }
        }
    }
}

static void *read_letters(void *arg)
{
    struct session *s = arg;
    char text[TEXT];
    pthread_t writer;
    ssize_t n;

    if (pthread_create(&writer, NULL, write_letters, s) == 0) {
        while ((n = recv(s->fd, text, sizeof text, 0)) > 0)
            post(&s->box, text, (size_t)n);
        post(&s->box, "", 0);
        pthread_join(writer, NULL);
    }
    close(s->fd);
    free(s);
    return NULL;
}

static void open_session(int fd)
{
    struct session *s = calloc(1, sizeof *s);
    pthread_t reader;

    if (s == NULL) {
        close(fd);
        return;
    }
    s->fd = fd;
    pthread_mutex_init(&s->box.lock, NULL);
    pthread_cond_init(&s->box.changed, NULL);
    if (pthread_create(&reader, NULL, read_letters, s) != 0) {
        close(fd);
        free(s);
        return;
    }
    pthread_detach(reader);
}

int main(void)
{
    struct sockaddr_in sa = {.sin_family = AF_INET};
    int yes = 1, sock = socket(AF_INET, SOCK_STREAM, 0);

    sa.sin_addr.s_addr = inet_addr("127.0.0.1");
    sa.sin_port = htons((uint16_t)strtol(getenv("PORT"), NULL, 10));
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(sock, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(sock, 128) < 0) {
        perror("mailbox");
        return 1;
    }
    for (;;) {
        int fd = accept(sock, NULL, NULL);

        if (fd < 0)
            usleep(100000);
        else
            open_session(fd);
    }
}
