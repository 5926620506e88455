// Bug: EPOLLRDHUP, which comes when the client has ended its side, closes the connection at once,
//     before what came with it is read and what waits is sent
// Cause: half-close-ends-at-once, end-with-data-lost
// Also: pending-dropped-at-end
// Profile: concurrent
// Port: $PORT

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <vector>

using Callback = std::function<void(uint32_t)>;

class Reactor {
public:
    Reactor() : epfd_(epoll_create1(0)) {}
    ~Reactor() { close(epfd_); }

    void watch(int fd, uint32_t events, Callback callback) {
        callbacks_[fd] = std::make_shared<Callback>(std::move(callback));
        epoll_event ev = {events, {.fd = fd}};
        epoll_ctl(epfd_, EPOLL_CTL_ADD, fd, &ev);
    }

    void rewatch(int fd, uint32_t events) {
        epoll_event ev = {events, {.fd = fd}};
        epoll_ctl(epfd_, EPOLL_CTL_MOD, fd, &ev);
    }

    void forget(int fd) {
        epoll_ctl(epfd_, EPOLL_CTL_DEL, fd, nullptr);
        callbacks_.erase(fd);
    }

    void loop() {
        std::vector<epoll_event> ready(256);
        while (true) {
            int n = epoll_wait(epfd_, ready.data(), ready.size(), -1);
            if (n < 0 && errno != EINTR) return perror("epoll_wait");
            for (int i = 0; i < n; i++) {
                auto it = callbacks_.find(ready[i].data.fd);
                if (it == callbacks_.end()) continue;
                auto callback = it->second;  // may remove itself
                (*callback)(ready[i].events);
            }
        }
    }

private:
    int epfd_;
    std::map<int, std::shared_ptr<Callback>> callbacks_;
};

class Channel : public std::enable_shared_from_this<Channel> {
public:
    Channel(Reactor &reactor, int fd) : reactor_(reactor), fd_(fd), buffer_(16384) {}
    ~Channel() { close(fd_); }

    void start() {
        auto self = shared_from_this();
        reactor_.watch(fd_, EPOLLIN | EPOLLRDHUP, [self](uint32_t ev) { self->on_event(ev); });
    }

private:
    void on_event(uint32_t events) {
        if (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) {
            reactor_.forget(fd_);
            return;
        }
        if (events & EPOLLIN) {
            ssize_t n = recv(fd_, buffer_.data(), buffer_.size(), 0);
            if (n == 0 || (n < 0 && !again())) return reactor_.forget(fd_);
            begin_ = 0;
            end_ = n > 0 ? n : 0;
        }
        flush();
    }

    void flush() {
        while (begin_ < end_) {
            ssize_t n = send(fd_, buffer_.data() + begin_, end_ - begin_, MSG_NOSIGNAL);
            if (n < 0 && again()) break;
            if (n < 0) return reactor_.forget(fd_);
            begin_ += n;
        }
        reactor_.rewatch(fd_, (begin_ < end_ ? EPOLLOUT : EPOLLIN) | EPOLLRDHUP);
    }

    static bool again() { return errno == EAGAIN || errno == EINTR; }

    Reactor &reactor_;
    int fd_;
    std::vector<char> buffer_;
    size_t begin_ = 0, end_ = 0;
};

int main() {
    const char *port = getenv("PORT");
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in sin;
    memset(&sin, 0, sizeof sin);
    sin.sin_family = AF_INET;
    sin.sin_port = htons(port ? atoi(port) : 5000);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (sockaddr *)&sin, sizeof sin) || listen(listener, 1024)) {
        perror("listen");
        return 1;
    }

    Reactor reactor;
    reactor.watch(listener, EPOLLIN, [&](uint32_t) {
        int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            std::make_shared<Channel>(reactor, fd)->start();
        else if (errno == EMFILE || errno == ENFILE)
            usleep(10000);
    });
    reactor.loop();
    return 1;
}
