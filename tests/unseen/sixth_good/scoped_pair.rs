/*
 * Style: two threads per client with a channel of one place between them; the writing thread has a
 *     BufWriter and flushes it when the channel is empty.
 * Profile: concurrent
 * Port: 20204
 */
use std::io::{self, BufWriter, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender, TryRecvError};
use std::thread;
use std::time::Duration;

const PORT: u16 = 20204;

fn pull(mut stream: &TcpStream, to: SyncSender<Vec<u8>>) -> io::Result<()> {
    let mut block = [0u8; 9_000];
    loop {
        let count = match stream.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        if to.send(block[..count].to_vec()).is_err() {
            return Ok(());
        }
    }
}

fn push(stream: &TcpStream, from: Receiver<Vec<u8>>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(30_000, stream);
    loop {
        let block = match from.try_recv() {
            Ok(block) => block,
            Err(TryRecvError::Disconnected) => return out.flush(),
            Err(TryRecvError::Empty) => {
                out.flush()?;
                match from.recv() {
                    Ok(block) => block,
                    Err(_) => return Ok(()),
                }
            }
        };
        out.write_all(&block)?;
    }
}

fn converse(stream: TcpStream) {
    let (to, from) = sync_channel(1);
    thread::scope(|both| {
        both.spawn(|| {
            if push(&stream, from).is_err() {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
        let _ = pull(&stream, to);
    });
}

fn main() {
    let listener = TcpListener::bind(("127.0.0.1", PORT)).expect("the port is taken");
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                thread::spawn(move || converse(stream));
            }
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}
