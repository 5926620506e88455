/* Bug: while the queue to the writer is full, the reader asks again and again whether there is room:
 *     a client that does not read costs a whole processor.
 * Cause: spins-when-full
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One reader and one writer thread per connection, joined by a wait-free queue of slots. Each index
 * has a cache line of its own. */
#define SLOTS 16u
#define SLOT_BYTES 8192

struct slot {
    size_t length; /* 0: the stream has ended */
    char bytes[SLOT_BYTES];
};

struct link {
    int fd;
    sem_t filled;
    _Alignas(64) atomic_uint head;
    _Alignas(64) atomic_uint tail;
    struct slot slots[SLOTS];
};

static struct slot *producer_slot(struct link *l)
{
    unsigned tail = atomic_load_explicit(&l->tail, memory_order_relaxed);
    while (tail - atomic_load_explicit(&l->head, memory_order_acquire) == SLOTS)
        sched_yield();
    return &l->slots[tail % SLOTS];
}

static void producer_publish(struct link *l)
{
    atomic_fetch_add_explicit(&l->tail, 1, memory_order_release);
    sem_post(&l->filled);
}

static struct slot *consumer_slot(struct link *l)
{
    while (sem_wait(&l->filled) < 0 && errno == EINTR)
        ;
    (void)atomic_load_explicit(&l->tail, memory_order_acquire);
    return &l->slots[atomic_load_explicit(&l->head, memory_order_relaxed) % SLOTS];
}

static int send_whole(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

static void *writer(void *arg)
{
    struct link *l = arg;
    int alive = 1;
    for (;;) {
        struct slot *s = consumer_slot(l);
        if (s->length == 0)
            return NULL;
        if (alive && send_whole(l->fd, s->bytes, s->length) < 0) {
            alive = 0;
            shutdown(l->fd, SHUT_RDWR);
        }
        atomic_fetch_add_explicit(&l->head, 1, memory_order_release);
    }
}

static pthread_attr_t small_stack;

static void *reader(void *arg)
{
    struct link *l = arg;
    pthread_t w;
    if (pthread_create(&w, &small_stack, writer, l) == 0) {
        ssize_t n;
        do {
            struct slot *s = producer_slot(l);
            do
                n = recv(l->fd, s->bytes, SLOT_BYTES, 0);
            while (n < 0 && errno == EINTR);
            s->length = n > 0 ? (size_t)n : 0;
            producer_publish(l);
        } while (n > 0);
        pthread_join(w, NULL);
    }
    close(l->fd);
    sem_destroy(&l->filled);
    free(l);
    return NULL;
}

int main(void)
{
    int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (getenv("PORT") == NULL)
        return 2;
    a.sin_port = htons((unsigned short)atoi(getenv("PORT")));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *)&a, sizeof a) < 0 || listen(s, 1024) < 0) {
        perror("echo");
        return 1;
    }
    pthread_attr_init(&small_stack);
    pthread_attr_setstacksize(&small_stack, 64 * 1024);
    for (;;) {
        int fd = accept(s, NULL, NULL);
        if (fd < 0) {
            usleep(20000);
            continue;
        }
        struct link *l = aligned_alloc(64, sizeof *l);
        pthread_t r;
        if (l == NULL) {
            close(fd);
            continue;
        }
        l->fd = fd;
        sem_init(&l->filled, 0, 0);
        atomic_init(&l->head, 0);
        atomic_init(&l->tail, 0);
        if (pthread_create(&r, &small_stack, reader, l) == 0) {
            pthread_detach(r);
        } else {
            close(fd);
            free(l);
        }
    }
}
