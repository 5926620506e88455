//! Echo with the standard library: a thread for each client.

use std::{env, io, net::TcpListener, thread};

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().collect();
    let listener = TcpListener::bind(format!("{}:{}", args[1], args[2]))?;
    for client in listener.incoming() {
        let client = client?;
        thread::spawn(move || {
            if let Err(error) = io::copy(&mut &client, &mut &client) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}
