// Bug: writing has a timeout too, so that a thread can look at the flag that stops it; after a
//     timeout all of the block is written again, though a part of it has gone out.
// Cause: send-retried-from-start
// Profile: concurrent
// Port: $PORT
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(250);

fn timed_out(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// Calls the operation until it has an outcome, or the server stops.
fn patiently<T>(
    stop: &AtomicBool,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    while !stop.load(Ordering::Relaxed) {
        match operation() {
            Err(error) if timed_out(&error) => continue,
            outcome => return outcome,
        }
    }
    Err(io::ErrorKind::ConnectionAborted.into())
}

fn echo(mut stream: TcpStream, stop: &AtomicBool) -> io::Result<u64> {
    stream.set_read_timeout(Some(TICK))?;
    stream.set_write_timeout(Some(TICK))?;
    let mut block = [0u8; 32 * 1024];
    let mut total = 0;
    loop {
        let length = patiently(stop, || stream.read(&mut block))?;
        if length == 0 {
            return Ok(total);
        }
        patiently(stop, || stream.write_all(&block[..length]))?;
        total += length as u64;
    }
}

fn main() {
    let port = std::env::var("PORT").expect("PORT is not set");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("cannot listen");
    let stop = Arc::new(AtomicBool::new(false));
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(_) => {
                thread::sleep(Duration::from_millis(20));
                continue;
            }
        };
        let stop = Arc::clone(&stop);
        let started = thread::Builder::new().stack_size(256 * 1024).spawn(move || {
            let _ = echo(stream, &stop);
        });
        if started.is_err() {
            thread::sleep(TICK);
        }
    }
}
