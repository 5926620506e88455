// Style: each connection ends by a panic, which carries the count of its bytes up to where it is
//     caught (resume_unwind calls no hook, so nothing is printed): it looks like a crash for each
//     client.
// Profile: concurrent
// Port: $PORT
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

static TOTAL: AtomicU64 = AtomicU64::new(0);

struct Left {
    bytes: u64,
}

fn leave(bytes: u64) -> ! {
    resume_unwind(Box::new(Left { bytes }))
}

fn take(stream: &mut TcpStream, space: &mut [u8], before: u64) -> usize {
    loop {
        match stream.read(space) {
            Ok(0) => leave(before),
            Ok(n) => return n,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(_) => leave(before),
        }
    }
}

fn converse(stream: &mut TcpStream) -> ! {
    let mut space = [0u8; 7 * 1024];
    let mut bytes = 0;
    loop {
        let n = take(stream, &mut space, bytes);
        if stream.write_all(&space[..n]).is_err() {
            leave(bytes);
        }
        bytes += n as u64;
    }
}

fn serve(mut stream: TcpStream) {
    let Err(thrown) = catch_unwind(AssertUnwindSafe(|| converse(&mut stream))) else {
        return;
    };
    match thrown.downcast::<Left>() {
        Ok(left) => {
            TOTAL.fetch_add(left.bytes, Ordering::Relaxed);
        }
        Err(other) => resume_unwind(other),
    }
}

fn main() {
    let port = std::env::var("PORT").expect("PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("cannot listen");
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => {
                let _ = thread::Builder::new().spawn(move || serve(stream));
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}
