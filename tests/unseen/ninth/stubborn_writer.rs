/*
Bug: the test for an interrupted write is the wrong way round, so every other error is tried
    again: when a client has broken off, the write to it fails again and again without end, and
    the server burns processor time and serves nobody any more.
Cause: spins-at-end
Also: missing-break, spins-when-full
Profile: sequential
Port: $PORT
*/
use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

/// Reads once; 0 is the end. Interrupted reads are done again.
fn read_some(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            result => return result,
        }
    }
}

/// Writes all of `data`. Interrupted writes are done again.
fn write_fully(stream: &mut TcpStream, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        match stream.write(data) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(n) => data = &data[n..],
            Err(e) if e.kind() != ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0u8; 16 * 1024];
    loop {
        let n = read_some(&mut stream, &mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        write_fully(&mut stream, &buffer[..n])?;
    }
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT").ok().and_then(|p| p.parse().ok()).unwrap_or(7070);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    loop {
        match listener.accept() {
            Ok((stream, _peer)) => {
                let _ = serve(stream);
            }
            Err(_) => sleep(Duration::from_millis(20)),
        }
    }
}
