// Bug: the lambda of each thread takes the accept loop's variable by reference, so a thread that
//     starts late serves the client of another one, and its own is never served
// Cause: shared-loop-variable
// Profile: concurrent
// Port: $PORT

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <system_error>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kBufferSize = 64 * 1024;

class Session {
public:
    Session(int fd, std::vector<char>& buffer) : fd_(fd), buffer_(buffer) {}
    ~Session() { ::close(fd_); }

    void run() {
        while (true) {
            ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return;
            if (!send_all(static_cast<std::size_t>(got))) return;
        }
    }

private:
    bool send_all(std::size_t size) {
        std::size_t done = 0;
        while (done < size) {
            ssize_t put = ::send(fd_, buffer_.data() + done, size - done, MSG_NOSIGNAL);
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return false;
            done += static_cast<std::size_t>(put);
        }
        return true;
    }

    int fd_;
    std::vector<char>& buffer_;
};

int open_listener(int port) {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0 ||
        ::listen(fd, 4096) < 0) {
        std::cerr << "cannot listen on port " << port << std::endl;
        std::exit(EXIT_FAILURE);
    }
    return fd;
}

}  // namespace

int main() {
    const char* port = std::getenv("PORT");
    const int listener = open_listener(port != nullptr ? std::atoi(port) : 3333);
    int client = -1;

    while (true) {
        client = ::accept(listener, nullptr, nullptr);
        if (client < 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            continue;
        }
        try {
            std::thread worker([&] {
                std::vector<char> buffer(kBufferSize);
                Session session(client, buffer);
                session.run();
            });
            worker.detach();
        } catch (const std::system_error& e) {
            std::cout << "thread: " << e.what() << std::endl;
            ::close(client);
        }
    }
}
