// Bug: the session is taken out of the table with peer_addr().unwrap(), which panics after a
//     reset, while the lock is held; the lock is poisoned then, and every later client's thread
//     panics at lock().unwrap()
// Cause: lock-kept, crash-on-reset
// Also: client-error-ends-server
// Profile: concurrent
// Port: $PORT

use std::collections::HashMap;
use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

struct Session {
    since: Instant,
    bytes: u64,
}

#[derive(Clone)]
struct SessionBook {
    sessions: Arc<Mutex<HashMap<SocketAddr, Session>>>,
}

impl SessionBook {
    fn new() -> SessionBook {
        SessionBook { sessions: Arc::new(Mutex::new(HashMap::new())) }
    }

    fn open(&self, stream: &TcpStream) -> io::Result<SocketAddr> {
        let peer = stream.peer_addr()?;
        let mut sessions = self.sessions.lock().unwrap();
        sessions.insert(peer, Session { since: Instant::now(), bytes: 0 });
        Ok(peer)
    }

    fn count(&self, peer: &SocketAddr, n: usize) {
        let mut sessions = self.sessions.lock().unwrap();
        if let Some(session) = sessions.get_mut(peer) {
            session.bytes += n as u64;
        }
    }

    fn close(&self, stream: &TcpStream) {
        let mut sessions = self.sessions.lock().unwrap();
        let peer = stream.peer_addr().unwrap();
        if let Some(session) = sessions.remove(&peer) {
            println!("{} left after {:?}, {} bytes", peer, session.since.elapsed(), session.bytes);
        }
    }
}

fn pump(mut stream: &TcpStream, peer: &SocketAddr, book: &SessionBook) -> io::Result<()> {
    let mut buf = vec![0u8; 8192];
    loop {
        let n = stream.read(&mut buf)?;
        if n == 0 {
            return Ok(());
        }
        stream.write_all(&buf[..n])?;
        book.count(peer, n);
    }
}

fn handle(stream: TcpStream, book: SessionBook) {
    let peer = match book.open(&stream) {
        Ok(peer) => peer,
        Err(_) => return,
    };
    if let Err(e) = pump(&stream, &peer, &book) {
        println!("{}: {}", peer, e);
    }
    book.close(&stream);
}

fn main() {
    let port = env::var("PORT").expect("PORT is not set");
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port)).expect("cannot bind");
    let book = SessionBook::new();

    for stream in listener.incoming() {
        let stream = match stream {
            Ok(stream) => stream,
            Err(e) => {
                println!("accept failed: {}", e);
                thread::sleep(Duration::from_millis(10));
                continue;
            }
        };
        let book = book.clone();
        let spawned = thread::Builder::new()
            .name("session".to_string())
            .stack_size(256 * 1024)
            .spawn(move || handle(stream, book));
        if let Err(e) = spawned {
            println!("spawn failed: {}", e);
        }
    }
}
