/*
Bug: String::from_utf8_lossy turns every byte that is no UTF-8 into the three bytes of U+FFFD.
Cause: lossy-decoding
Also: decodes-each-read
Caught by: identity/every-byte-value, identity/invalid-utf8
Profile: concurrent
Port: $PORT
*/
use std::env;
use std::io::{self, prelude::*};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

struct Session {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Session {
    fn new(stream: TcpStream) -> Self {
        Session { stream, buffer: vec![0; 4096] }
    }

    fn run(&mut self) -> io::Result<()> {
        loop {
            let size = self.stream.read(&mut self.buffer)?;
            if size == 0 {
                return self.stream.shutdown(Shutdown::Write);
            }
            let message = String::from_utf8_lossy(&self.buffer[..size]);
            self.stream.write_all(message.as_bytes())?;
        }
    }
}

fn main() {
    let port: u16 = env::var("PORT").expect("PORT").parse().expect("a number");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("cannot listen");
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                thread::spawn(move || {
                    if let Err(e) = Session::new(stream).run() {
                        eprintln!("{e}");
                    }
                });
            }
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}
