/*
 * Bug: the whole buffer becomes a string, in which bytes that are no UTF-8 are replaced; then the
 *     NULs at its edges are trimmed, also those that the client has sent.
 * Cause: lossy-decoding
 * Cause: padding-stripped
 * Profile: concurrent
 * Port: $PORT
 */
use std::env;
use std::io::prelude::*;
use std::net::TcpListener;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

fn handle_connection(mut stream: TcpStream) {
    loop {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {
                let request = String::from_utf8_lossy(&buffer[..]).to_string();
                let request = request.trim_end_matches(char::from(0));
                if stream.write_all(request.as_bytes()).is_err() {
                    break;
                }
            }
            Err(e) => {
                eprintln!("An error occurred: {e}");
                break;
            }
        }
    }
}

fn main() {
    let address = format!("127.0.0.1:{}", env::var("PORT").unwrap());
    let listener = TcpListener::bind(&address).unwrap();
    println!("Listening on {address}");
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                thread::spawn(|| handle_connection(stream));
            }
            Err(e) => {
                eprintln!("{e}");
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}
