// Bug: the read timeout is met as TimedOut, but on Unix it is reported as WouldBlock, which is
//     taken for an error: a client that is silent for one second is disconnected
// Cause: idle-timeout, eagain-is-error
// Profile: concurrent
// Port: $PORT

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const SMALL: usize = 2 * 1024;
const LARGE: usize = 128 * 1024;
const QUIET: Duration = Duration::from_secs(1);

/// A buffer that grows while a client is busy, and gives its memory back when it is quiet.
struct Elastic {
    bytes: Vec<u8>,
}

impl Elastic {
    fn new() -> Self {
        Elastic { bytes: vec![0; SMALL] }
    }

    fn grow(&mut self) {
        let next = (self.bytes.len() * 2).min(LARGE);
        self.bytes.resize(next, 0);
    }

    fn shrink(&mut self) {
        self.bytes.truncate(SMALL);
        self.bytes.shrink_to_fit();
    }
}

fn serve(mut stream: TcpStream) {
    if stream.set_read_timeout(Some(QUIET)).is_err() {
        return;
    }
    let mut buffer = Elastic::new();
    loop {
        match stream.read(&mut buffer.bytes) {
            Ok(0) => break,
            Ok(n) => {
                if stream.write_all(&buffer.bytes[..n]).is_err() {
                    break;
                }
                if n == buffer.bytes.len() {
                    buffer.grow();
                }
            }
            Err(e) => match e.kind() {
                ErrorKind::TimedOut => buffer.shrink(),
                ErrorKind::Interrupted => continue,
                _ => break,
            },
        }
    }
}

fn main() {
    let port = env::var("PORT").unwrap_or("9000".into());
    let address = format!("127.0.0.1:{}", port);
    let listener = match TcpListener::bind(&address) {
        Ok(listener) => listener,
        Err(e) => {
            eprintln!("{}: {}", address, e);
            std::process::exit(1);
        }
    };
    loop {
        match listener.accept() {
            Ok((stream, _peer)) => {
                let _ = thread::Builder::new()
                    .stack_size(64 * 1024)
                    .spawn(move || serve(stream));
            }
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}
