/*
Bug: bytes that are no UTF-8 are replaced by U+FFFD; and unwrap() on an error of the connection,
    in the main thread, ends the server.
Cause: lossy-decoding, decodes-each-read
Cause: crash-on-reset, client-error-ends-server
Caught by: identity/invalid-utf8, resilience/reset-idle
Profile: sequential
Port: $PORT
*/
use std::env;
use std::io::{Read, Write};
use std::net::TcpListener;

fn main() {
    let address = format!("127.0.0.1:{}", env::var("PORT").unwrap());
    let listener = TcpListener::bind(&address).unwrap();
    println!("Server listening on {address}");
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let mut data = [0 as u8; 1000];
        loop {
            let size = stream.read(&mut data).unwrap();
            if size == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&data[0..size]).to_string();
            stream.write_all(text.as_bytes()).unwrap();
        }
    }
}
