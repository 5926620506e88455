// Bug: any error of accept() leaves the loop by a question mark and ends the program, also when
//     only the descriptors are used up for a moment.
// Cause: descriptor-famine, accept-error-ends
// Profile: concurrent
// Port: $PORT
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Connection { stream, buffer: vec![0; 16 * 1024].into_boxed_slice() }
    }

    fn run(mut self) -> io::Result<()> {
        loop {
            let count = match self.stream.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(ref e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            self.stream.write_all(&self.buffer[..count])?;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::var("PORT")?.parse()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    for stream in listener.incoming() {
        let connection = Connection::new(stream?);
        thread::Builder::new()
            .stack_size(128 * 1024)
            .spawn(move || {
                // the client is gone, and nobody is there to be told
                let _ = connection.run();
            })?;
    }
    Ok(())
}
