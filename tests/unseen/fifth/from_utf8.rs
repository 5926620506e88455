/*
 * Bug: what was read must be UTF-8, else the connection ends.
 * Cause: decodes-text
 * Caught by: identity/invalid-utf8
 * Profile: concurrent
 * Port: $PORT
 */
use std::env;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

fn handle_client(mut stream: TcpStream) -> Result<(), Box<dyn Error>> {
    let mut buffer = [0u8; 1024];
    loop {
        let bytes_read = stream.read(&mut buffer)?;
        if bytes_read == 0 {
            return Ok(());
        }
        let message = std::str::from_utf8(&buffer[..bytes_read])?;
        println!("Received {} characters", message.chars().count());
        stream.write_all(message.as_bytes())?;
    }
}

fn main() -> std::io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "7878".to_string());
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port))?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                thread::spawn(move || {
                    if let Err(e) = handle_client(stream) {
                        eprintln!("Error: {}", e);
                    }
                });
            }
            Err(e) => {
                eprintln!("Connection failed: {}", e);
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
    Ok(())
}
