// Bug: read_line() waits for a newline before anything is answered, and fails at bytes that are
//     not UTF-8, which ends the connection
// Cause: waits-for-newline, decodes-text
// Profile: concurrent
// Port: $PORT

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

fn handle_client(stream: TcpStream) -> io::Result<()> {
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut message = String::new();

    loop {
        message.clear();
        let bytes_read = reader.read_line(&mut message)?;
        if bytes_read == 0 {
            // Connection closed by client
            break;
        }
        writer.write_all(message.as_bytes())?;
        writer.flush()?;
    }

    Ok(())
}

fn main() -> io::Result<()> {
    // Read the port from the environment, with a default
    let port = env::var("PORT").unwrap_or_else(|_| "8080".to_string());
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port))?;
    println!("Echo server listening on port {}", port);

    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                // Spawn a new thread for each client
                let result = thread::Builder::new().stack_size(128 * 1024).spawn(move || {
                    if let Err(e) = handle_client(stream) {
                        println!("Error handling client: {}", e);
                    }
                });
                if let Err(e) = result {
                    println!("Failed to spawn a thread: {}", e);
                }
            }
            Err(e) => {
                println!("Failed to accept connection: {}", e);
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    Ok(())
}
