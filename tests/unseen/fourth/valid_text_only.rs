// Bug: what was read must be UTF-8; where it is not, or where a read ends within a character, the
//     connection is ended.
// Cause: decodes-text
// Also: decodes-each-read
// Caught by: identity/invalid-utf8
// Profile: concurrent
// Port: 29027
use std::io::prelude::*;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io, str, thread};

const PORT: u16 = 29027;

#[derive(Debug)]
enum EchoError {
    Io(io::Error),
    Text(str::Utf8Error),
}

impl From<io::Error> for EchoError {
    fn from(error: io::Error) -> Self {
        EchoError::Io(error)
    }
}

impl From<str::Utf8Error> for EchoError {
    fn from(error: str::Utf8Error) -> Self {
        EchoError::Text(error)
    }
}

impl fmt::Display for EchoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EchoError::Io(error) => write!(f, "i/o: {error}"),
            EchoError::Text(error) => write!(f, "text: {error}"),
        }
    }
}

fn echo(mut stream: TcpStream) -> Result<usize, EchoError> {
    let mut buf = vec![0; 1500];
    let mut letters = 0;
    loop {
        let count = stream.read(&mut buf)?;
        if count == 0 {
            return Ok(letters);
        }
        let text = str::from_utf8(&buf[..count])?;
        letters += text.chars().count();
        stream.write_all(text.as_bytes())?;
    }
}

fn main() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).expect("bind");
    let clients = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, peer)) = listener.accept() else {
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let clients = Arc::clone(&clients);
        thread::spawn(move || {
            clients.fetch_add(1, Ordering::Relaxed);
            match echo(stream) {
                Ok(letters) => println!("{peer}: {letters} letters"),
                Err(error) => println!("{peer}: {error}"),
            }
            clients.fetch_sub(1, Ordering::Relaxed);
        });
    }
}
