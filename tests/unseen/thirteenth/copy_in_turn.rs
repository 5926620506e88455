// Bug: the ? behind io::copy() carries an error of one client out of main(), so a client that
//     resets its connection ends the server
// Cause: client-error-ends-server, crash-on-reset
// Profile: sequential
// Port: $PORT

use std::env;
use std::fmt;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::num::ParseIntError;
use std::thread::sleep;
use std::time::Duration;

#[derive(Debug)]
enum EchoError {
    Port(ParseIntError),
    Io(io::Error),
}

impl fmt::Display for EchoError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            EchoError::Port(ref e) => write!(f, "bad PORT: {}", e),
            EchoError::Io(ref e) => write!(f, "i/o: {}", e),
        }
    }
}

impl From<io::Error> for EchoError {
    fn from(e: io::Error) -> Self {
        EchoError::Io(e)
    }
}

impl From<ParseIntError> for EchoError {
    fn from(e: ParseIntError) -> Self {
        EchoError::Port(e)
    }
}

fn port() -> Result<u16, EchoError> {
    Ok(env::var("PORT").unwrap_or_else(|_| "7007".to_owned()).parse()?)
}

fn echo(stream: TcpStream) -> Result<u64, EchoError> {
    let mut reader = &stream;
    let mut writer = &stream;
    Ok(io::copy(&mut reader, &mut writer)?)
}

fn run() -> Result<(), EchoError> {
    let listener = TcpListener::bind(("127.0.0.1", port()?))?;
    let mut served = 0u64;
    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                let bytes = echo(stream)?;
                served += 1;
                println!("#{} {}: {} bytes", served, peer, bytes);
            }
            Err(e) => {
                println!("accept: {}", e);
                sleep(Duration::from_millis(10));
            }
        }
    }
}

fn main() {
    if let Err(e) = run() {
        eprintln!("echo: {}", e);
        std::process::exit(1);
    }
}
