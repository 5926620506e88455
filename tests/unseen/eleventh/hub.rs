// Bug: the end of a client is offered to its outbox and not put there: when the outbox is full at that
//     moment it is forgotten, and the connection stays open.
// Cause: end-lost-when-full
// Also: never-closes, thread-leak, descriptor-leak
// Profile: concurrent
// Port: $PORT
use std::collections::{HashMap, VecDeque};
use std::env;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

enum Message {
    Data(Vec<u8>),
    End,
}

/// What a client is still to get. It has room for a few messages.
#[derive(Default)]
struct Outbox {
    queue: Mutex<VecDeque<Message>>,
    changed: Condvar,
}

impl Outbox {
    const CAPACITY: usize = 8;

    fn put(&self, message: Message) {
        let mut queue = self.queue.lock().unwrap();
        while queue.len() >= Self::CAPACITY {
            queue = self.changed.wait(queue).unwrap();
        }
        queue.push_back(message);
        self.changed.notify_all();
    }

    /// Like put, but never waits.
    fn offer(&self, message: Message) -> bool {
        let mut queue = self.queue.lock().unwrap();
        if queue.len() >= Self::CAPACITY {
            return false;
        }
        queue.push_back(message);
        self.changed.notify_all();
        true
    }

    fn take(&self) -> Message {
        let mut queue = self.queue.lock().unwrap();
        loop {
            if let Some(message) = queue.pop_front() {
                self.changed.notify_all();
                return message;
            }
            queue = self.changed.wait(queue).unwrap();
        }
    }
}

/// The clients that are connected, by their number.
#[derive(Default)]
struct Hub {
    last: u64,
    clients: HashMap<u64, Arc<Outbox>>,
}

impl Hub {
    fn join(&mut self, outbox: Arc<Outbox>) -> u64 {
        self.last += 1;
        self.clients.insert(self.last, outbox);
        self.last
    }

    /// Called with the hub locked, so it must not wait for a client.
    fn leave(&mut self, id: u64) {
        if let Some(outbox) = self.clients.remove(&id) {
            outbox.offer(Message::End);
        }
    }
}

fn read_loop(mut stream: TcpStream, outbox: &Outbox) {
    let mut buffer = vec![0u8; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => outbox.put(Message::Data(buffer[..n].to_vec())),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        }
    }
}

/// Takes from the outbox until the end; when the client takes no more, it goes on without sending.
fn write_loop(mut stream: TcpStream, outbox: &Outbox) {
    let mut broken = false;
    while let Message::Data(chunk) = outbox.take() {
        broken = broken || stream.write_all(&chunk).is_err();
    }
}

fn serve(hub: &Mutex<Hub>, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let reading = stream.try_clone()?;
    let outbox = Arc::new(Outbox::default());
    let id = hub.lock().unwrap().join(Arc::clone(&outbox));
    let inbox = Arc::clone(&outbox);
    thread::Builder::new()
        .stack_size(128 * 1024)
        .spawn(move || write_loop(stream, &inbox))?;
    read_loop(reading, &outbox);
    hub.lock().unwrap().leave(id);
    Ok(())
}

fn main() -> io::Result<()> {
    let port: u16 = env::var("PORT").ok().and_then(|text| text.parse().ok()).unwrap_or(7000);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let hub = Arc::new(Mutex::new(Hub::default()));
    for stream in listener.incoming().flatten() {
        let hub = Arc::clone(&hub);
        let spawned = thread::Builder::new().stack_size(128 * 1024).spawn(move || {
            if let Err(e) = serve(&hub, stream) {
                println!("client: {e}");
            }
        });
        if let Err(e) = spawned {
            println!("no thread: {e}");
        }
    }
    Ok(())
}
