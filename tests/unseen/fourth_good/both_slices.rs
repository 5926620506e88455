// Style: a VecDeque between reading and writing; both of its slices are written with one
//     write_vectored(), and what was taken is drained from its front.
// Profile: concurrent
// Port: $PORT
use std::collections::VecDeque;
use std::env;
use std::io::{ErrorKind, IoSlice, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

fn again(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::Interrupted
}

fn empty(waiting: &mut VecDeque<u8>, stream: &mut TcpStream) -> Result<()> {
    while waiting.len() > 0 {
        let (front, back) = waiting.as_slices();
        match stream.write_vectored(&[IoSlice::new(front), IoSlice::new(back)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => drop(waiting.drain(..count)),
            Err(error) if again(&error) => continue,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> Result<()> {
    let mut waiting = VecDeque::with_capacity(5000);
    let mut piece = [0u8; 3001];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => waiting.extend(&piece[..count]),
            Err(error) if again(&error) => continue,
            Err(error) => return Err(error),
        }
        empty(&mut waiting, &mut stream)?;
    }
}

fn main() {
    let port: u16 = env::var("PORT").unwrap().parse().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                let started = thread::Builder::new().spawn(move || {
                    let _ = serve(stream);
                });
                if started.is_err() {
                    thread::sleep(Duration::from_millis(100));
                }
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}
