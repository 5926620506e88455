/*
Bug: the message is taken to end at the first NUL byte of the buffer, as in C; what is behind it
    is lost.
Cause: cut-at-nul
Caught by: identity/nul-bytes
Profile: concurrent
Port: 26002
*/
use std::io::{Read, Result, Write};
use std::net::TcpListener;

const CAPACITY: usize = 2000;

fn echo(mut peer: std::net::TcpStream) -> Result<()> {
    loop {
        let mut data = [0; CAPACITY];
        if peer.read(&mut data)? == 0 {
            return Ok(());
        }
        let length = data.iter().position(|&byte| byte == 0).unwrap_or(CAPACITY);
        peer.write_all(&data[..length])?;
    }
}

fn main() -> Result<()> {
    let server = TcpListener::bind(("127.0.0.1", 26002))?;
    loop {
        match server.accept() {
            Ok((peer, address)) => {
                std::thread::spawn(move || echo(peer).map_err(|e| eprintln!("{address}: {e}")));
            }
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    }
}
