// Bug: the queue of a client is cleared after each write(), also when write() took only a part of
//     it, so a client that reads slowly misses pieces
// Cause: short-send-ignored
// Profile: concurrent
// Port: $PORT

use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::raw::{c_int, c_short, c_ulong};
use std::os::unix::io::AsRawFd;
use std::thread;
use std::time::Duration;

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

const POLLIN: c_short = 0x001;
const POLLOUT: c_short = 0x004;

extern "C" {
    fn poll(fds: *mut PollFd, nfds: c_ulong, timeout: c_int) -> c_int;
}

struct Client {
    stream: TcpStream,
    queue: Vec<u8>,
    ended: bool,
}

impl Client {
    fn interest(&self) -> c_short {
        if self.queue.is_empty() {
            POLLIN
        } else {
            POLLOUT
        }
    }

    fn fill(&mut self, scratch: &mut [u8]) -> io::Result<()> {
        match self.stream.read(scratch) {
            Ok(0) => self.ended = true,
            Ok(n) => self.queue.extend_from_slice(&scratch[..n]),
            Err(ref e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(ref e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        Ok(())
    }

    fn drain(&mut self) -> io::Result<()> {
        if self.queue.is_empty() {
            return Ok(());
        }
        match self.stream.write(&self.queue) {
            Ok(_) => self.queue.clear(),
            Err(ref e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(ref e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        Ok(())
    }

    /// Returns false when the client is done with.
    fn step(&mut self, scratch: &mut [u8]) -> bool {
        if self.queue.is_empty() && self.fill(scratch).is_err() {
            return false;
        }
        if self.drain().is_err() {
            return false;
        }
        !(self.ended && self.queue.is_empty())
    }
}

fn accept_all(listener: &TcpListener, clients: &mut Vec<Client>) {
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                if stream.set_nonblocking(true).is_ok() {
                    clients.push(Client { stream: stream, queue: Vec::new(), ended: false });
                }
            }
            Err(ref e) if e.kind() == ErrorKind::WouldBlock => return,
            Err(ref e) if e.kind() == ErrorKind::ConnectionAborted => {}
            Err(ref e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => {
                // out of descriptors: let some clients go first
                thread::sleep(Duration::from_millis(10));
                return;
            }
        }
    }
}

fn main() {
    let port = env::var("PORT").unwrap_or_else(|_| "7000".to_string());
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port)).expect("bind");
    listener.set_nonblocking(true).expect("set_nonblocking");

    let mut clients: Vec<Client> = Vec::new();
    let mut scratch = vec![0u8; 65536];

    loop {
        let mut fds = vec![PollFd { fd: listener.as_raw_fd(), events: POLLIN, revents: 0 }];
        for c in &clients {
            fds.push(PollFd { fd: c.stream.as_raw_fd(), events: c.interest(), revents: 0 });
        }
        let ready = unsafe { poll(fds.as_mut_ptr(), fds.len() as c_ulong, -1) };
        if ready < 0 {
            continue;
        }
        let mut at = 0;
        clients.retain_mut(|c| {
            at += 1;
            fds[at].revents == 0 || c.step(&mut scratch)
        });
        if fds[0].revents != 0 {
            accept_all(&listener, &mut clients);
        }
    }
}
