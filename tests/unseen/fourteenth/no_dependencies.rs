// Bug: all sockets are non-blocking, and the loop goes round them again and again without ever
//     waiting: the server uses a whole processor while nothing happens.
// Cause: spins-idle, spins-at-accept
// Profile: concurrent
// Port: $PORT

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

const CHUNK: usize = 16 * 1024;

enum Status {
    Alive,
    Closed,
}

struct Client {
    stream: TcpStream,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Client {
    fn new(stream: TcpStream) -> io::Result<Client> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream,
            buffer: vec![0; CHUNK].into_boxed_slice(),
            start: 0,
            end: 0,
        })
    }

    fn update(&mut self) -> io::Result<Status> {
        if self.start == self.end {
            match self.stream.read(&mut self.buffer) {
                Ok(0) => return Ok(Status::Closed),
                Ok(n) => {
                    self.start = 0;
                    self.end = n;
                }
                Err(e) if would_block(&e) => return Ok(Status::Alive),
                Err(e) => return Err(e),
            }
        }
        match self.stream.write(&self.buffer[self.start..self.end]) {
            Ok(n) => self.start += n,
            Err(e) if would_block(&e) => {}
            Err(e) => return Err(e),
        }
        Ok(Status::Alive)
    }
}

fn would_block(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn main() -> io::Result<()> {
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    listener.set_nonblocking(true)?;
    let mut clients: Vec<Client> = Vec::new();

    loop {
        // new connections
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    if let Ok(client) = Client::new(stream) {
                        clients.push(client);
                    }
                }
                Err(_) => break,
            }
        }

        // existing connections
        clients.retain_mut(|client| matches!(client.update(), Ok(Status::Alive)));
    }
}
