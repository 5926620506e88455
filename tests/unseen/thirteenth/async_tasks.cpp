// Bug: the future that std::async() returns is destroyed at the end of each round of the accept
//     loop, and its destructor waits for the task: one client is served after another
// Cause: one-at-a-time
// Profile: concurrent
// Port: $PORT

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

class Socket {
public:
    explicit Socket(int fd = -1) noexcept : fd_{fd} {}
    Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    int fd() const noexcept { return fd_; }

    std::size_t read_some(char* data, std::size_t size) const {
        for (;;) {
            auto n = ::read(fd_, data, size);
            if (n >= 0) return static_cast<std::size_t>(n);
            if (errno != EINTR) throw std::system_error{errno, std::system_category(), "read"};
        }
    }

    void write_all(const char* data, std::size_t size) const {
        while (size > 0) {
            auto n = ::write(fd_, data, size);
            if (n < 0) {
                if (errno == EINTR) continue;
                throw std::system_error{errno, std::system_category(), "write"};
            }
            data += n;
            size -= static_cast<std::size_t>(n);
        }
    }

private:
    int fd_;
};

class Acceptor {
public:
    explicit Acceptor(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
        int one = 1;
        ::setsockopt(socket_.fd(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        sockaddr_in addr{};
        addr.sin_family = AF_INET;
        addr.sin_port = htons(port);
        addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket_.fd(), reinterpret_cast<sockaddr*>(&addr), sizeof addr) < 0)
            throw std::system_error{errno, std::system_category(), "bind"};
        if (::listen(socket_.fd(), SOMAXCONN) < 0)
            throw std::system_error{errno, std::system_category(), "listen"};
    }

    Socket accept() const { return Socket{::accept(socket_.fd(), nullptr, nullptr)}; }

private:
    Socket socket_;
};

void echo(Socket socket) {
    try {
        std::array<char, 8192> buffer;
        while (auto n = socket.read_some(buffer.data(), buffer.size()))
            socket.write_all(buffer.data(), n);
    } catch (const std::system_error&) {
        // the client has gone; its socket closes here
    }
}

int main() {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const char* env = std::getenv("PORT");
        Acceptor acceptor{static_cast<std::uint16_t>(std::stoi(env ? env : "7777"))};
        for (;;) {
            Socket client = acceptor.accept();
            if (!client) {
                ::usleep(10'000);
                continue;
            }
            auto task = std::async(std::launch::async, echo, std::move(client));
        }
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return EXIT_FAILURE;
    }
}
