// Bug: chunks_exact(24) leaves out what is over at the end of a read when its length is no multiple
//     of 24, and nobody looks at the remainder.
// Cause: rest-of-read-discarded
// Also: fixed-message-size
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const BLOCK: usize = 24;

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0u8; 100 * BLOCK];
    let mut reply = Vec::with_capacity(buffer.len());
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        reply.clear();
        for block in buffer[..count].chunks_exact(BLOCK) {
            reply.extend_from_slice(block);
        }
        stream.write_all(&reply)?;
    }
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT")
        .ok()
        .and_then(|text| text.parse().ok())
        .expect("PORT must be a number");
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                let made = thread::Builder::new().spawn(move || {
                    if let Err(error) = echo(stream) {
                        eprintln!("{error}");
                    }
                });
                if made.is_err() {
                    eprintln!("no thread");
                }
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
    Ok(())
}
