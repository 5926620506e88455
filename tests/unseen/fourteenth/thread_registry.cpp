/*
 * Bug: the std::thread of a client stays in the map under its descriptor when the client has gone.
 *     When that number comes again, a new thread is assigned over one that was never joined, and
 *     std::terminate() ends the server.
 * Cause: state-by-descriptor, crash
 * Profile: concurrent
 * Port: $PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <vector>

class TcpServer {
public:
    explicit TcpServer(int port) {
        listen_fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
        if (listen_fd_ < 0) {
            throw std::runtime_error("socket failed");
        }
        int on = 1;
        ::setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        sockaddr_in addr{};
        addr.sin_family = AF_INET;
        addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        addr.sin_port = htons(static_cast<uint16_t>(port));
        if (::bind(listen_fd_, reinterpret_cast<sockaddr *>(&addr), sizeof(addr)) < 0) {
            throw std::runtime_error("bind failed");
        }
        if (::listen(listen_fd_, SOMAXCONN) < 0) {
            throw std::runtime_error("listen failed");
        }
    }

    void run() {
        for (;;) {
            int fd = ::accept(listen_fd_, nullptr, nullptr);
            if (fd < 0) {
                if (errno != EINTR) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(20));
                }
                continue;
            }
            threads_[fd] = std::thread(&TcpServer::session, this, fd);
        }
    }

private:
    void session(int fd) {
        int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        std::vector<char> buffer(8192);
        for (;;) {
            ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (n < 0 && errno == EINTR) {
                continue;
            }
            if (n <= 0 || !send_all(fd, buffer.data(), static_cast<size_t>(n))) {
                break;
            }
        }
        ::close(fd);
    }

    static bool send_all(int fd, const char *data, size_t size) {
        while (size > 0) {
            ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                return false;
            }
            data += n;
            size -= static_cast<size_t>(n);
        }
        return true;
    }

    int listen_fd_ = -1;
    std::unordered_map<int, std::thread> threads_;
};

int main() {
    const char *port = std::getenv("PORT");
    try {
        TcpServer server(port ? std::atoi(port) : 5000);
        server.run();
    } catch (const std::exception &e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
