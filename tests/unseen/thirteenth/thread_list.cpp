// Bug: the threads of all clients are kept in a vector and never joined, so the stack of each one
//     stays in memory when its client has gone
// Cause: memory-leak, thread-leak
// Profile: concurrent
// Port: $PORT

#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

class TcpServer {
public:
    explicit TcpServer(int port) : port_(port) {}

    ~TcpServer() {
        for (auto &t : threads_) {
            if (t.joinable()) {
                t.join();
            }
        }
        if (listen_fd_ >= 0) {
            close(listen_fd_);
        }
    }

    bool start() {
        listen_fd_ = socket(AF_INET, SOCK_STREAM, 0);
        if (listen_fd_ < 0) {
            return false;
        }
        int enable = 1;
        setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &enable, sizeof(enable));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port_);
        return bind(listen_fd_, (sockaddr *)&address, sizeof(address)) == 0 &&
               listen(listen_fd_, SOMAXCONN) == 0;
    }

    void run() {
        while (true) {
            int fd = accept(listen_fd_, nullptr, nullptr);
            if (fd < 0) {
                log("accept failed");
                usleep(10 * 1000);
                continue;
            }
            try {
                threads_.emplace_back(&TcpServer::serve, this, fd);
            } catch (const std::system_error &e) {
                log(std::string("no thread: ") + e.what());
                close(fd);
                usleep(10 * 1000);
            }
        }
    }

private:
    void serve(int fd) {
        char buffer[65536];
        while (true) {
            ssize_t n = read(fd, buffer, sizeof(buffer));
            if (n == 0) {
                break;
            }
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                log("client lost");
                break;
            }
            if (!write_fully(fd, buffer, n)) {
                log("client lost");
                break;
            }
        }
        close(fd);
    }

    static bool write_fully(int fd, const char *data, size_t size) {
        while (size > 0) {
            ssize_t n = write(fd, data, size);
            if (n < 0 && errno == EINTR) {
                continue;
            }
            if (n <= 0) {
                return false;
            }
            data += n;
            size -= n;
        }
        return true;
    }

    void log(const std::string &text) {
        std::lock_guard<std::mutex> guard(log_mutex_);
        std::cout << "[tcp_server] " << text << std::endl;
    }

    int port_;
    int listen_fd_ = -1;
    std::vector<std::thread> threads_;
    std::mutex log_mutex_;
};

int main() {
    std::signal(SIGPIPE, SIG_IGN);
    const char *port = std::getenv("PORT");
    TcpServer server(port ? std::atoi(port) : 12345);
    if (!server.start()) {
        std::cerr << "could not start the server" << std::endl;
        return EXIT_FAILURE;
    }
    server.run();
}
