// Bug: the server keeps a try_clone() of each connection and never takes it out of its map, so
//     the connection stays open when its handler has ended
// Cause: copy-kept-open, never-closes
// Also: descriptor-leak
// Profile: concurrent
// Port: $PORT

use std::collections::HashMap;
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Who is connected, so that a stop can hang up on everybody.
#[derive(Default)]
struct Switchboard {
    lines: Mutex<HashMap<u64, TcpStream>>,
    next: AtomicU64,
}

impl Switchboard {
    fn register(&self, stream: &TcpStream) -> io::Result<u64> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let copy = stream.try_clone()?;
        self.lines.lock().unwrap().insert(id, copy);
        Ok(id)
    }

    fn hang_up(&self) {
        for line in self.lines.lock().unwrap().values() {
            let _ = line.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        self.hang_up();
    }
}

fn talk(stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(16 * 1024, &stream);
    let mut writer = &stream;
    loop {
        let n = {
            let chunk = reader.fill_buf()?;
            if chunk.is_empty() {
                return Ok(());
            }
            writer.write_all(chunk)?;
            chunk.len()
        };
        reader.consume(n);
    }
}

fn answer(stream: TcpStream, board: &Switchboard) {
    match board.register(&stream) {
        Ok(id) => match talk(stream) {
            Ok(()) => println!("[{}] bye", id),
            Err(e) => println!("[{}] {}", id, e),
        },
        Err(e) => println!("cannot register: {}", e),
    }
}

fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "5555".to_string());
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port))?;
    let board = Arc::new(Switchboard::default());

    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(e) => {
                println!("accept: {}", e);
                thread::sleep(Duration::from_millis(25));
                continue;
            }
        };
        let board = Arc::clone(&board);
        let spawned = thread::Builder::new()
            .stack_size(128 * 1024)
            .spawn(move || answer(stream, &board));
        if let Err(e) = spawned {
            println!("spawn: {}", e);
        }
    }
}
