// Bug: the guard of the lock around the queue lives as long as the body of `while let`, so the worker
//     keeps the lock while it serves its client: one client at a time.
// Cause: one-at-a-time
// Also: lock-kept, blocked-by-idle-client
// Beside: spins-at-accept
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

type Job = Box<dyn FnOnce() + Send + 'static>;

const WORKERS: usize = 1200;
const STACK: usize = 96 * 1024;

struct ThreadPool {
    sender: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

impl ThreadPool {
    fn new(size: usize) -> io::Result<Self> {
        let (sender, receiver) = channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        let workers = (0..size)
            .map(|i| spawn_worker(i, Arc::clone(&receiver)))
            .collect::<io::Result<Vec<_>>>()?;
        Ok(ThreadPool {
            sender: Some(sender),
            workers,
        })
    }

    fn execute<F>(&self, job: F)
    where
        F: FnOnce() + Send + 'static,
    {
        if let Some(sender) = &self.sender {
            let _ = sender.send(Box::new(job));
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        drop(self.sender.take());
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

fn spawn_worker(index: usize, queue: Arc<Mutex<Receiver<Job>>>) -> io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name(format!("worker-{index}"))
        .stack_size(STACK)
        .spawn(move || {
            while let Ok(job) = queue.lock().unwrap().recv() {
                job();
            }
        })
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0u8; 8192];
    loop {
        let n = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        stream.write_all(&buffer[..n])?;
    }
    stream.shutdown(Shutdown::Write)
}

fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "7878".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let pool = ThreadPool::new(WORKERS)?;
    for stream in listener.incoming() {
        match stream {
            Ok(stream) => pool.execute(move || {
                if let Err(e) = echo(stream) {
                    println!("client: {e}");
                }
            }),
            Err(e) => println!("accept: {e}"),
        }
    }
    Ok(())
}
