/*
Bug: the writer is flushed only after a read that left room in the buffer; when a message has
    exactly the buffer's size (or a multiple of it), its answer waits until more comes.
Cause: not-flushed, exact-size
Also: waits-after-full-read
Profile: one-shot
Port: $PORT
*/
use std::io::{BufWriter, Read, Result, Write};
use std::net::{TcpListener, TcpStream};

const CHUNK: usize = 4096;

/// Sends everything back until the peer ends its side.
fn relay(stream: &TcpStream) -> Result<u64> {
    let mut input = stream;
    let mut output = BufWriter::with_capacity(4 * CHUNK, stream);
    let mut chunk = [0u8; CHUNK];
    let mut total = 0;
    loop {
        let n = input.read(&mut chunk)?;
        if n == 0 {
            output.flush()?;
            return Ok(total);
        }
        output.write_all(&chunk[..n])?;
        total += n as u64;
        // a full chunk means that more is on its way: save the system call
        if n < CHUNK {
            output.flush()?;
        }
    }
}

fn main() {
    let port = std::env::var("PORT").unwrap_or_else(|_| String::from("4000"));
    let listener = match TcpListener::bind(format!("127.0.0.1:{port}")) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("cannot listen on {port}: {error}");
            std::process::exit(1);
        }
    };
    if let Ok((stream, _)) = listener.accept() {
        drop(listener);
        let _ = relay(&stream);
    }
}
