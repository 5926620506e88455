// Bug: the vector that takes what was read is not cleared after it has been written, so each
//     answer repeats all that the client has sent before.
// Cause: never-emptied
// Profile: concurrent
// Port: $PORT

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const BLOCK: usize = 8 * 1024;

/// Takes what the reader has ready, without waiting for more than it needs to.
fn read_some<R: BufRead>(reader: &mut R, into: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        match reader.fill_buf() {
            Ok(ready) => {
                let count = ready.len();
                into.extend_from_slice(ready);
                reader.consume(count);
                return Ok(count);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        }
    }
}

fn handle_client(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::with_capacity(BLOCK, stream);
    let mut message = Vec::with_capacity(BLOCK);
    while read_some(&mut reader, &mut message)? > 0 {
        writer.write_all(&message)?;
    }
    writer.flush()
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT")
        .ok()
        .and_then(|p| p.parse().ok())
        .unwrap_or(7878);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on {}", listener.local_addr()?);

    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                let spawned = thread::Builder::new()
                    .stack_size(128 * 1024)
                    .spawn(move || {
                        let _ = handle_client(stream);
                    });
                if spawned.is_err() {
                    thread::sleep(Duration::from_millis(50));
                }
            }
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
    Ok(())
}
