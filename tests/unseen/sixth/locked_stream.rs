// Bug: reader and writer share the stream behind a mutex, and the reader keeps it locked while it
//     waits in read(): the writer cannot answer before more has come, or the end.
// Cause: none-of-these
// Also: deadlock-both-ways, one-behind
// Profile: concurrent
// Port: 20119
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const PORT: u16 = 20119;

type Shared = Arc<Mutex<TcpStream>>;

fn reader(stream: Shared, to: SyncSender<Vec<u8>>) {
    loop {
        let mut buffer = vec![0u8; 4096];
        let result = stream.lock().unwrap().read(&mut buffer);
        match result {
            Ok(0) | Err(_) => return,
            Ok(count) => buffer.truncate(count),
        }
        if to.send(buffer).is_err() {
            return;
        }
    }
}

fn writer(stream: Shared, from: Receiver<Vec<u8>>) {
    for message in from {
        if stream.lock().unwrap().write_all(&message).is_err() {
            break;
        }
    }
    let _ = stream.lock().unwrap().shutdown(Shutdown::Both);
}

fn main() {
    let listener = TcpListener::bind(("127.0.0.1", PORT)).expect("bind");
    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => Arc::new(Mutex::new(stream)),
            Err(_) => {
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let (to, from) = sync_channel(16);
        let other = Arc::clone(&stream);
        thread::spawn(move || reader(stream, to));
        thread::spawn(move || writer(other, from));
    }
}
