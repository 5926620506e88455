/*
 * Bug: EPOLLRDHUP is taken for a client that has gone, and closes the connection before anything
 *     else is looked at; but it only says that the client has ended its side, and what it sent
 *     last may still have to be read or answered.
 * Cause: end-with-data-lost, half-close-ends-at-once, pending-dropped-at-end
 * Profile: concurrent
 * Port: $PORT
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <unordered_map>
#include <vector>

struct Connection {
    int fd = -1;
    std::vector<char> data = std::vector<char>(16384);
    size_t begin = 0;
    size_t end = 0;
    bool writing = false;
};

class Reactor {
public:
    explicit Reactor(uint16_t port) {
        epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
        listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int one = 1;
        setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        sockaddr_in sa{};
        sa.sin_family = AF_INET;
        sa.sin_port = htons(port);
        sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(listen_fd_, (sockaddr *)&sa, sizeof sa) || listen(listen_fd_, 1024)) {
            perror("bind/listen");
            exit(EXIT_FAILURE);
        }
        control(EPOLL_CTL_ADD, listen_fd_, EPOLLIN);
    }

    void loop() {
        epoll_event events[128];
        for (;;) {
            int ready = epoll_wait(epoll_fd_, events, 128, -1);
            for (int i = 0; i < ready; ++i) {
                if (events[i].data.fd == listen_fd_) {
                    on_accept();
                } else {
                    on_event(events[i].data.fd, events[i].events);
                }
            }
        }
    }

private:
    void on_accept() {
        for (;;) {
            int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) {
                if (errno == EMFILE || errno == ENFILE) {
                    usleep(20000);
                }
                return;
            }
            int one = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            auto connection = std::make_unique<Connection>();
            connection->fd = fd;
            connections_[fd] = std::move(connection);
            control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP);
        }
    }

    void on_event(int fd, uint32_t events) {
        auto it = connections_.find(fd);
        if (it == connections_.end()) {
            return;
        }
        Connection &c = *it->second;
        if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) {
            disconnect(c);
            return;
        }
        if ((events & EPOLLIN) && !c.writing) {
            on_readable(c);
        } else if (events & EPOLLOUT) {
            on_writable(c);
        }
    }

    void on_readable(Connection &c) {
        ssize_t n = read(c.fd, c.data.data(), c.data.size());
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            disconnect(c);
            return;
        }
        if (n > 0) {
            c.begin = 0;
            c.end = static_cast<size_t>(n);
            on_writable(c);
        }
    }

    void on_writable(Connection &c) {
        while (c.begin < c.end) {
            ssize_t n = send(c.fd, c.data.data() + c.begin, c.end - c.begin, MSG_NOSIGNAL);
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                if (errno != EAGAIN) {
                    disconnect(c);
                    return;
                }
                break;
            }
            c.begin += static_cast<size_t>(n);
        }
        bool more = c.begin < c.end;
        if (more != c.writing) {
            c.writing = more;
            control(EPOLL_CTL_MOD, c.fd, (more ? EPOLLOUT : EPOLLIN) | EPOLLRDHUP);
        }
    }

    void disconnect(Connection &c) {
        int fd = c.fd;
        connections_.erase(fd);
        close(fd);
    }

    void control(int op, int fd, uint32_t events) {
        epoll_event ev{};
        ev.events = events;
        ev.data.fd = fd;
        epoll_ctl(epoll_fd_, op, fd, &ev);
    }

    int epoll_fd_;
    int listen_fd_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

int main() {
    const char *port = getenv("PORT");
    Reactor(static_cast<uint16_t>(port ? atoi(port) : 9090)).loop();
}
