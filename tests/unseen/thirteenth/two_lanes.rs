// Bug: the reading thread shuts down both directions when the client has ended its side, though
//     the writing thread may still have blocks in its channel, and these are lost
// Cause: pending-dropped-at-end
// Also: half-close-ends-at-once, end-with-data-lost
// Profile: concurrent
// Port: $PORT

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

const BLOCK: usize = 8 * 1024;
const DEPTH: usize = 16;
const STACK: usize = 96 * 1024;

type Block = Vec<u8>;

fn read_lane(mut stream: TcpStream, blocks: SyncSender<Block>) {
    let mut buf = vec![0u8; BLOCK];
    loop {
        match stream.read(&mut buf) {
            Ok(0) => break,
            Ok(n) => {
                if blocks.send(buf[..n].to_vec()).is_err() {
                    break;
                }
            }
            Err(ref e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn write_lane(mut stream: TcpStream, blocks: Receiver<Block>) {
    for block in blocks {
        if stream.write_all(&block).is_err() {
            // wakes the other lane, too
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn connect_lanes(stream: TcpStream) -> std::io::Result<()> {
    let (sender, receiver) = sync_channel(DEPTH);
    let copy = stream.try_clone()?;
    thread::Builder::new()
        .name("writer".into())
        .stack_size(STACK)
        .spawn(move || write_lane(copy, receiver))?;
    thread::Builder::new()
        .name("reader".into())
        .stack_size(STACK)
        .spawn(move || read_lane(stream, sender))?;
    Ok(())
}

fn main() {
    let port = env::var("PORT").unwrap_or_else(|_| "6000".to_string());
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port)).expect("bind");
    for stream in listener.incoming() {
        let result = stream.and_then(connect_lanes);
        if let Err(e) = result {
            println!("connection refused: {}", e);
            thread::sleep(Duration::from_millis(10));
        }
    }
}
