// Bug: the farewell line asks for the client's address with unwrap() while the totals are locked;
//     after a reset there is no address, the thread panics, the mutex is poisoned, and from then
//     on every client's thread panics at its first lock().
// Cause: lock-kept
// Also: client-error-ends-server
// Profile: concurrent
// Port: 26031
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::{thread, time::Duration};

#[derive(Default)]
struct Totals {
    connected: usize,
    served: usize,
    bytes: u64,
}

fn copy(stream: &mut TcpStream) -> u64 {
    let mut block = [0u8; 2600];
    let mut bytes = 0;
    while let Ok(n) = stream.read(&mut block) {
        if n == 0 || stream.write_all(&block[..n]).is_err() {
            break;
        }
        bytes += n as u64;
    }
    bytes
}

fn session(mut stream: TcpStream, totals: Arc<Mutex<Totals>>) {
    totals.lock().unwrap().connected += 1;
    let bytes = copy(&mut stream);
    let mut t = totals.lock().unwrap();
    t.connected -= 1;
    t.served += 1;
    t.bytes += bytes;
    println!(
        "{} left after {} bytes; {} here, {} served, {} bytes in all",
        stream.peer_addr().unwrap(),
        bytes,
        t.connected,
        t.served,
        t.bytes
    );
}

fn main() {
    let totals = Arc::new(Mutex::new(Totals::default()));
    let listener = TcpListener::bind("127.0.0.1:26031").expect("cannot listen");
    for stream in listener.incoming() {
        if let Ok(stream) = stream {
            let totals = Arc::clone(&totals);
            thread::spawn(move || session(stream, totals));
        } else {
            thread::sleep(Duration::from_millis(40));
        }
    }
}
