// Bug: a wrapper of epoll_wait() throws at each error, also at EINTR, so a signal that should do
//     nothing (stop and continue) ends the server
// Cause: eintr-is-error, signal-breaks
// Profile: concurrent
// Port: $PORT

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unordered_map>

static int check(int result, const char *what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { ::close(fd_); }
    int get() const { return fd_; }

private:
    int fd_;
};

class Poller {
public:
    Poller() : epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

    void add(int fd, uint32_t events) { control(EPOLL_CTL_ADD, fd, events); }
    void change(int fd, uint32_t events) { control(EPOLL_CTL_MOD, fd, events); }

    template <typename Handler>
    void wait(Handler &&handle) {
        std::array<epoll_event, 128> events;
        int n = check(epoll_wait(epoll_.get(), events.data(), events.size(), -1), "epoll_wait");
        for (int i = 0; i < n; ++i) handle(events[i].data.fd);
    }

private:
    void control(int op, int fd, uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        check(epoll_ctl(epoll_.get(), op, fd, &event), "epoll_ctl");
    }

    Descriptor epoll_;
};

struct Connection {
    explicit Connection(int fd) : socket(fd) {}
    Descriptor socket;
    std::string output;
    bool ended = false;

    // False when there is nothing more to do for this client.
    bool advance() {
        if (output.empty() && !ended && !receive()) return false;
        if (!output.empty() && !transmit()) return false;
        return !(ended && output.empty());
    }

private:
    static bool later() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

    bool receive() {
        std::array<char, 16384> chunk;
        ssize_t n = ::recv(socket.get(), chunk.data(), chunk.size(), 0);
        if (n > 0) output.assign(chunk.data(), n);
        if (n == 0) ended = true;
        return n >= 0 || later();
    }

    bool transmit() {
        ssize_t n = ::send(socket.get(), output.data(), output.size(), MSG_NOSIGNAL);
        if (n > 0) output.erase(0, n);
        return n >= 0 || later();
    }
};

class EchoServer {
public:
    explicit EchoServer(uint16_t port)
        : listener_(check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")) {
        int on = 1;
        check(setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(bind(listener_.get(), reinterpret_cast<sockaddr *>(&address), sizeof address), "bind");
        check(listen(listener_.get(), SOMAXCONN), "listen");
        poller_.add(listener_.get(), EPOLLIN);
    }

    void run() {
        for (;;) {
            poller_.wait([this](int fd) { fd == listener_.get() ? accept() : serve(fd); });
        }
    }

private:
    void accept() {
        int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE) usleep(10000);
            return;
        }
        connections_.emplace(fd, std::make_unique<Connection>(fd));
        poller_.add(fd, EPOLLIN);
    }

    void serve(int fd) {
        auto found = connections_.find(fd);
        if (found == connections_.end()) return;
        if (found->second->advance()) {
            poller_.change(fd, found->second->output.empty() ? EPOLLIN : EPOLLOUT);
        } else {
            connections_.erase(found);
        }
    }

    Descriptor listener_;
    Poller poller_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

int main() {
    try {
        const char *port = std::getenv("PORT");
        EchoServer(std::stoi(port ? port : "4000")).run();
    } catch (const std::exception &e) {
        std::cerr << "fatal: " << e.what() << '\n';
        return 1;
    }
}
