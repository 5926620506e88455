// Bug: the channel between the thread that reads and the thread that writes has no bound, so the
//     server keeps in memory all that a client sends and does not read back
// Cause: unbounded-buffer
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

const STACK: usize = 128 * 1024;

fn spawn<F>(name: &str, work: F) -> io::Result<()>
where
    F: FnOnce() + Send + 'static,
{
    thread::Builder::new()
        .name(name.to_string())
        .stack_size(STACK)
        .spawn(work)?;
    Ok(())
}

fn read_all(mut stream: TcpStream, outgoing: Sender<Vec<u8>>) {
    let mut buffer = vec![0u8; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                if outgoing.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
            Err(ref e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        }
    }
}

fn write_all(mut stream: TcpStream, outgoing: Receiver<Vec<u8>>) {
    for message in outgoing {
        if stream.write_all(&message).is_err() {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
}

fn start_client(stream: TcpStream) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    let writing = stream.try_clone()?;
    spawn("writer", move || write_all(writing, receiver))?;
    spawn("reader", move || read_all(stream, sender))
}

fn main() -> io::Result<()> {
    let port = env::var("PORT").expect("PORT is not set");
    let listener = TcpListener::bind(format!("127.0.0.1:{}", port))?;
    loop {
        let accepted = listener.accept().and_then(|(stream, _)| start_client(stream));
        if accepted.is_err() {
            thread::sleep(Duration::from_millis(20));
        }
    }
}
