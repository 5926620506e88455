/*
 * Bug: clients that have ended are removed from the vector while a loop counts up to the length it
 *     had before; when one before the last goes, the index is out of bounds: the program panics.
 * Cause: crash
 * Also: removal-skips-next, client-error-ends-server
 * Profile: concurrent
 * Port: $PORT
 */
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

const PIECE: usize = 32 * 1024;

struct Client {
    stream: TcpStream,
    pending: Vec<u8>,
    ended: bool,
}

enum State {
    Busy,
    Idle,
    Dead,
}

impl Client {
    fn new(stream: TcpStream) -> io::Result<Client> {
        stream.set_nonblocking(true)?;
        Ok(Client { stream, pending: Vec::new(), ended: false })
    }

    fn read(&mut self) -> io::Result<bool> {
        if self.ended || !self.pending.is_empty() {
            return Ok(false);
        }
        let mut piece = [0u8; PIECE];
        let count = self.stream.read(&mut piece)?;
        self.ended = count == 0;
        self.pending.extend_from_slice(&piece[..count]);
        Ok(count > 0)
    }

    fn write(&mut self) -> io::Result<bool> {
        if self.pending.is_empty() {
            return Ok(false);
        }
        let count = self.stream.write(&self.pending)?;
        self.pending.drain(..count);
        Ok(count > 0)
    }

    fn turn(&mut self) -> State {
        let mut moved = false;
        for result in [self.read(), self.write()] {
            match result {
                Ok(some) => moved |= some,
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => return State::Dead,
            }
        }
        if self.ended && self.pending.is_empty() {
            State::Dead
        } else if moved {
            State::Busy
        } else {
            State::Idle
        }
    }
}

fn accept_all(listener: &TcpListener, clients: &mut Vec<Client>) {
    while let Ok((stream, _)) = listener.accept() {
        if let Ok(client) = Client::new(stream) {
            clients.push(client);
        }
    }
}

fn main() -> io::Result<()> {
    let port = std::env::var("PORT").expect("PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    listener.set_nonblocking(true)?;
    let mut clients: Vec<Client> = Vec::new();
    loop {
        accept_all(&listener, &mut clients);
        let mut busy = false;
        for i in 0..clients.len() {
            match clients[i].turn() {
                State::Busy => busy = true,
                State::Idle => {}
                State::Dead => {
                    clients.remove(i);
                }
            }
        }
        if !busy {
            sleep(Duration::from_millis(3));
        }
    }
}
