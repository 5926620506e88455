// Bug: peer_addr() of a client that has reset its connection before it was served fails, and
//     unwrap() panics while the table is locked; the mutex is poisoned, and every later client's
//     thread panics at lock().
// Cause: lock-kept
// Also: client-error-ends-server, crash-on-reset
// Profile: concurrent
// Port: $PORT
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

type Table = Arc<Mutex<HashMap<SocketAddr, Instant>>>;

fn copy_back(stream: &mut TcpStream) -> io::Result<u64> {
    let mut buffer = vec![0u8; 10_000];
    let mut total = 0;
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(total);
        }
        stream.write_all(&buffer[..n])?;
        total += n as u64;
    }
}

fn enter(table: &Table, stream: &TcpStream) -> SocketAddr {
    let mut clients = table.lock().unwrap();
    let peer = stream.peer_addr().unwrap();
    clients.insert(peer, Instant::now());
    peer
}

fn serve(mut stream: TcpStream, table: Table) {
    let peer = enter(&table, &stream);
    let outcome = copy_back(&mut stream);
    let since = table.lock().unwrap().remove(&peer);
    let seconds = since.map_or(0.0, |s| s.elapsed().as_secs_f32());
    eprintln!("{peer}: {outcome:?} in {seconds:.1} s");
}

fn main() -> io::Result<()> {
    let port: u16 = std::env::var("PORT").ok().and_then(|p| p.parse().ok()).expect("PORT");
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let table = Table::default();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let table = Arc::clone(&table);
                thread::spawn(move || serve(stream, table));
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}
