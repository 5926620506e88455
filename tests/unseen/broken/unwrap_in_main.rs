/*
Bug: read() is followed by unwrap() in the main thread; a client that resets its connection makes
    it panic, and the server is gone.
Cause: crash-on-reset
Also: client-error-ends-server
Caught by: resilience/reset-idle
Profile: sequential
Port: 26001
*/
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn handle_client(mut stream: TcpStream) {
    let mut buf = [0u8; 1024];
    loop {
        let n = stream.read(&mut buf).unwrap();
        if n == 0 {
            break;
        }
        stream.write_all(&buf[..n]).unwrap();
    }
}

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:26001")?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => handle_client(stream),
            Err(e) => eprintln!("accept: {e}"),
        }
    }
    Ok(())
}
