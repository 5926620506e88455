/*
 * Bug: nobody ignores SIGPIPE and write() cannot do without it: the first answer to a client that
 *     has gone away kills the whole process.
 * Cause: killed-by-sigpipe
 * Also: crash-on-reset
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace net {

[[noreturn]] void fail(const char *what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Socket {
public:
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;
    ~Socket() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

    size_t read(char *data, size_t size) {
        ssize_t n;
        do {
            n = ::read(fd_, data, size);
        } while (n < 0 && errno == EINTR);
        if (n < 0) {
            fail("read");
        }
        return static_cast<size_t>(n);
    }

    void write(const char *data, size_t size) {
        while (size > 0) {
            ssize_t n = ::write(fd_, data, size);
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                fail("write");
            }
            data += n;
            size -= static_cast<size_t>(n);
        }
    }

private:
    int fd_;
};

Socket listen_on(uint16_t port) {
    Socket s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int yes = 1;
    ::setsockopt(s.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (::bind(s.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) != 0) {
        fail("bind");
    }
    if (::listen(s.get(), 1024) != 0) {
        fail("listen");
    }
    return s;
}

}  // namespace net

void serve(net::Socket client) {
    try {
        std::array<char, 4096> buffer;
        while (size_t n = client.read(buffer.data(), buffer.size())) {
            client.write(buffer.data(), n);
        }
    } catch (const std::system_error &) {
        // the connection is broken: the destructor closes it
    }
}

int main() {
    using namespace std::chrono_literals;
    const char *port = getenv("PORT");
    net::Socket listener = net::listen_on(static_cast<uint16_t>(std::stoi(port ? port : "4000")));
    while (true) {
        int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            std::this_thread::sleep_for(10ms);
            continue;
        }
        net::Socket client(fd);
        try {
            std::thread(serve, std::move(client)).detach();
        } catch (const std::system_error &) {
            std::this_thread::sleep_for(10ms);
        }
    }
}
