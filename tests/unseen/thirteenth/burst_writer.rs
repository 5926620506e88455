// Bug: the BufWriter is flushed only after a read that did not fill the buffer, so a message of
//     exactly 4,096 bytes is not answered until more comes
// Cause: not-flushed, waits-after-full-read
// Also: exact-size
// Profile: concurrent
// Port: $PORT

use std::env;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const CHUNK: usize = 4096;

/// Echo everything. Bursts are gathered in a BufWriter, so that a client which sends much costs
/// fewer system calls.
fn echo(stream: &TcpStream) -> io::Result<u64> {
    let mut input = stream;
    let mut output = BufWriter::with_capacity(4 * CHUNK, stream);
    let mut buf = [0u8; CHUNK];
    let mut total = 0u64;

    loop {
        let n = match input.read(&mut buf) {
            Ok(0) => break,
            Ok(n) => n,
            Err(ref e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        output.write_all(&buf[..n])?;
        total += n as u64;
        if n < buf.len() {
            output.flush()?;
        }
    }
    output.flush()?;
    Ok(total)
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT")
        .ok()
        .and_then(|p| p.parse().ok())
        .unwrap_or(7878);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on {}", listener.local_addr()?);

    for incoming in listener.incoming() {
        match incoming {
            Ok(stream) => {
                let started = thread::Builder::new()
                    .stack_size(128 * 1024)
                    .spawn(move || match echo(&stream) {
                        Ok(total) => println!("done, {} bytes", total),
                        Err(e) => println!("client gone: {}", e),
                    });
                if let Err(e) = started {
                    println!("no thread: {}", e);
                }
            }
            Err(e) => {
                println!("accept: {}", e);
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
    Ok(())
}
