// Bug: underflow() of the stream buffer returns a plain (signed) char, so a byte 0xFF that comes
//     first in a read is -1, which is EOF: the stream ends there
// Cause: signed-char-is-end
// Also: magic-byte
// Profile: concurrent
// Port: $PORT

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <ostream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <thread>

/// A std::streambuf over a connected socket.
class sockbuf : public std::streambuf {
public:
    explicit sockbuf(int fd) : fd_(fd) { setp(out_, out_ + sizeof out_); }

    ~sockbuf() override {
        sync();
        ::close(fd_);
    }

    sockbuf(const sockbuf&) = delete;
    sockbuf& operator=(const sockbuf&) = delete;

protected:
    int_type underflow() override {
        ssize_t n;
        do {
            n = ::read(fd_, in_, sizeof in_);
        } while (n < 0 && errno == EINTR);
        if (n <= 0) return traits_type::eof();
        setg(in_, in_, in_ + n);
        return *gptr();
    }

    int_type overflow(int_type c) override {
        if (sync() != 0) return traits_type::eof();
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            *pptr() = traits_type::to_char_type(c);
            pbump(1);
        }
        return traits_type::not_eof(c);
    }

    int sync() override {
        const char* p = pbase();
        while (p < pptr()) {
            ssize_t n = ::write(fd_, p, pptr() - p);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) {
                setp(out_, out_ + sizeof out_);
                return -1;
            }
            p += n;
        }
        setp(out_, out_ + sizeof out_);
        return 0;
    }

private:
    int fd_;
    char in_[4096];
    char out_[4096];
};

static void session(int fd) {
    sockbuf buffer(fd);
    std::iostream peer(&buffer);
    char chunk[4096];
    while (peer && peer.peek() != std::iostream::traits_type::eof()) {
        std::streamsize n = peer.readsome(chunk, sizeof chunk);
        peer.write(chunk, n).flush();
    }
}

static int listen_on(unsigned short port) {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(fd, 1024) != 0)
        throw std::runtime_error("cannot listen on port " + std::to_string(port));
    return fd;
}

int main() {
    std::signal(SIGPIPE, SIG_IGN);
    const char* port = std::getenv("PORT");
    int listener = listen_on(port ? std::stoi(port) : 2007);
    while (true) {
        int fd = ::accept(listener, nullptr, nullptr);
        if (fd < 0) {
            ::usleep(10000);
            continue;
        }
        try {
            std::thread(session, fd).detach();
        } catch (const std::system_error&) {
            ::close(fd);
        }
    }
}
