// Bug: a message is expected to begin with its length in four bytes, as this author's client sends
//     it; the first four bytes of other clients are taken for a length, and do not come back.
// Cause: length-prefix
// Caught by: identity/hello
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// One frame: four bytes of length (big endian), then the payload.
fn read_frame(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut header = [0u8; 4];
    stream.read_exact(&mut header)?;
    let length = u32::from_be_bytes(header) as u64;
    let mut payload = Vec::new();
    stream.take(length).read_to_end(&mut payload)?;
    Ok(payload)
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    loop {
        let payload = read_frame(&mut stream)?;
        stream.write_all(&payload)?;
    }
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT").expect("PORT").parse().expect("a number");
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                thread::spawn(move || {
                    if let Err(error) = serve(stream) {
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
