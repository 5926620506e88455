// Bug: write() is called and not write_all(); the count that it returns is ignored, so when it is
//     interrupted after a part, the rest is never sent.
// Cause: short-send-ignored
// Caught by: partial-send/interrupted-send
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0u8; 20_000];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        let _written = stream.write(&buffer[..n])?;
    }
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT").expect("PORT").parse().expect("a number");
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                thread::spawn(move || {
                    if let Err(e) = echo(stream) {
                        eprintln!("client: {e}");
                    }
                });
            }
            Err(_) => thread::sleep(Duration::from_millis(60)),
        }
    }
    Ok(())
}
