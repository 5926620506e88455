/*
Bug: the indexes of connections that have ended are collected and then removed with swap_remove
    from the lowest up; where several end in one round, the last has moved to another place, so a
    living client is removed or the index is out of range and the server dies.
Cause: removes-wrong-client, crash
Also: removal-skips-next
Profile: concurrent
Port: $PORT
*/
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::raw::{c_int, c_short, c_ulong};

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

const POLLIN: c_short = 1;
const POLLOUT: c_short = 4;

extern "C" {
    fn poll(fds: *mut PollFd, count: c_ulong, timeout: c_int) -> c_int;
}

struct Client {
    stream: TcpStream,
    buffer: Box<[u8; 8192]>,
    sent: usize,
    filled: usize,
}

enum Progress {
    Alive,
    Over,
}

impl Client {
    fn new(stream: TcpStream) -> Client {
        Client { stream, buffer: Box::new([0; 8192]), sent: 0, filled: 0 }
    }

    fn interest(&self) -> c_short {
        if self.sent < self.filled { POLLOUT } else { POLLIN }
    }

    fn step(&mut self) -> Progress {
        if self.sent == self.filled {
            match self.stream.read(&mut self.buffer[..]) {
                Ok(0) => return Progress::Over,
                Ok(n) => (self.sent, self.filled) = (0, n),
                Err(e) => return judge(e.kind()),
            }
        }
        match self.stream.write(&self.buffer[self.sent..self.filled]) {
            Ok(n) => self.sent += n,
            Err(e) => return judge(e.kind()),
        }
        Progress::Alive
    }
}

fn judge(kind: ErrorKind) -> Progress {
    match kind {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Progress::Alive,
        _ => Progress::Over,
    }
}

fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "7777".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    listener.set_nonblocking(true)?;
    let mut spare = File::open("/dev/null").ok();
    let mut clients: Vec<Client> = Vec::new();
    let mut fds: Vec<PollFd> = Vec::new();

    loop {
        fds.clear();
        fds.push(PollFd { fd: listener.as_raw_fd(), events: POLLIN, revents: 0 });
        fds.extend(clients.iter().map(|c| PollFd {
            fd: c.stream.as_raw_fd(),
            events: c.interest(),
            revents: 0,
        }));
        if unsafe { poll(fds.as_mut_ptr(), fds.len() as c_ulong, -1) } < 0 {
            continue;
        }

        let mut dead = Vec::new();
        for (index, client) in clients.iter_mut().enumerate() {
            if fds[index + 1].revents != 0 {
                if let Progress::Over = client.step() {
                    dead.push(index);
                }
            }
        }
        for index in dead {
            clients.swap_remove(index);
        }

        if fds[0].revents != 0 {
            match listener.accept() {
                Ok((stream, _)) => {
                    if stream.set_nonblocking(true).is_ok() {
                        clients.push(Client::new(stream));
                    }
                }
                Err(e) if e.raw_os_error() == Some(24) => {
                    // no descriptor left: turn this one away
                    drop(spare.take());
                    drop(listener.accept());
                    spare = File::open("/dev/null").ok();
                }
                Err(_) => {}
            }
        }
    }
}
