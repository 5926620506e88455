// Bug: the guard of the mutex is made in the head of a match and lives until the end of the match, in
//     which the client is served: the next client waits for the lock until that one has left.
// Cause: one-at-a-time, lock-kept, blocked-by-idle-client
// Profile: concurrent
// Port: $PORT
use std::collections::HashMap;
use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

type Registry = Arc<Mutex<HashMap<SocketAddr, Instant>>>;

fn echo(stream: &mut TcpStream) -> io::Result<u64> {
    let mut buf = [0u8; 4096];
    let mut total = 0;
    loop {
        let n = match stream.read(&mut buf) {
            Ok(0) => return Ok(total),
            Ok(n) => n,
            Err(ref e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        stream.write_all(&buf[..n])?;
        total += n as u64;
    }
}

fn serve(mut stream: TcpStream, peer: SocketAddr, registry: &Registry) {
    match registry.lock().unwrap().insert(peer, Instant::now()) {
        Some(since) => println!("{} is here since {:?} already", peer, since.elapsed()),
        None => {
            let _ = echo(&mut stream);
        }
    }
    registry.lock().unwrap().remove(&peer);
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT").ok().and_then(|p| p.parse().ok()).unwrap_or(7878);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let registry: Registry = Arc::new(Mutex::new(HashMap::new()));

    loop {
        match listener.accept() {
            Ok((stream, peer)) => {
                let registry = Arc::clone(&registry);
                let _ = thread::Builder::new().spawn(move || serve(stream, peer, &registry));
            }
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}
