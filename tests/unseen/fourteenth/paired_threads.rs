// Bug: the two threads of a connection are scoped ones, and the scope is opened in the accept loop;
//     it ends only when both threads have, so the next client is accepted when this one has gone.
// Cause: one-at-a-time
// Also: blocked-by-idle-client
// Profile: concurrent
// Port: $PORT

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

type Packet = Vec<u8>;

struct Config {
    port: u16,
    depth: usize,
    packet_size: usize,
}

impl Config {
    fn from_env() -> Self {
        let port = std::env::var("PORT").expect("PORT is not set");
        Config {
            port: port.parse().expect("PORT is not a number"),
            depth: 16,
            packet_size: 4096,
        }
    }
}

fn receive(mut stream: &TcpStream, packets: SyncSender<Packet>, size: usize) {
    let mut buf = vec![0u8; size];
    loop {
        match stream.read(&mut buf) {
            Ok(0) => return,
            Ok(n) => {
                if packets.send(buf[..n].to_vec()).is_err() {
                    return;
                }
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn transmit(mut stream: &TcpStream, packets: Receiver<Packet>) {
    for packet in packets {
        if stream.write_all(&packet).is_err() {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn serve(stream: TcpStream, config: &Config) {
    let _ = stream.set_nodelay(true);
    let (sender, receiver) = sync_channel(config.depth);
    thread::scope(|scope| {
        let connection = &stream;
        scope.spawn(move || receive(connection, sender, config.packet_size));
        scope.spawn(move || transmit(connection, receiver));
    });
}

fn main() {
    let config = Config::from_env();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).expect("cannot bind");
    loop {
        match listener.accept() {
            Ok((stream, _peer)) => serve(stream, &config),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}
