/*
Bug: the buffer is made with Vec::with_capacity, so its length is 0, each read asks for no bytes
    and gets none, and that is taken for the client's end: every connection is closed at once.
Cause: closes-before-client
Also: reads-never, buffer-not-filled
Profile: sequential
Port: $PORT
*/
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

// Learning Rust, project 3: an echo server

fn handle_client(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer: Vec<u8> = Vec::with_capacity(1024);
    loop {
        let bytes_read = stream.read(&mut buffer)?;
        if bytes_read == 0 {
            // the client is done
            return Ok(());
        }
        stream.write_all(&buffer[..bytes_read])?;
    }
}

fn main() {
    let port = std::env::var("PORT").expect("PORT must be set");
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port)).expect("could not bind");
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                // a client that goes away is no problem of ours
                let _ = handle_client(stream);
            }
            Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    }
}
