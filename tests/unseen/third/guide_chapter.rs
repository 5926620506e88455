// Bug: the whole buffer of 770 bytes is sent after each read, not only the bytes that were read, so
//     old bytes and zeros follow each message.
// Cause: stale-buffer
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

fn handle_client(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0u8; 770];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            n => {
                println!("received {n} bytes");
                stream.write_all(&buffer)?;
            }
        }
    }
}

fn main() -> io::Result<()> {
    let port = env::var("PORT").expect("PORT is not set");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    for incoming in listener.incoming() {
        match incoming {
            Ok(stream) => {
                thread::spawn(move || {
                    if let Err(error) = handle_client(stream) {
                        eprintln!("client: {error}");
                    }
                });
            }
            Err(error) => {
                eprintln!("accept: {error}");
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
    Ok(())
}
