// Bug: after each 256 KiB the thread sleeps for what is left of 20 ms, PERIOD - elapsed, and that
//     subtraction panics when more time than that has gone: the connection of a client that is
//     slower ends.
// Cause: none-of-these
// Also: closes-before-client, bytes-quota
// Profile: concurrent
// Port: $PORT
use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_millis(20);
const BYTES_PER_PERIOD: usize = 256 * 1024;

/// Slows a connection down to a fair rate.
struct Pace {
    began: Instant,
    used: usize,
}

impl Pace {
    fn new() -> Self {
        Pace { began: Instant::now(), used: 0 }
    }

    fn spend(&mut self, bytes: usize) {
        self.used += bytes;
        if self.used >= BYTES_PER_PERIOD {
            sleep(PERIOD - self.began.elapsed());
            *self = Pace::new();
        }
    }
}

fn echo(mut client: TcpStream) {
    let mut pace = Pace::new();
    let mut data = [0; 16 * 1024];
    loop {
        match client.read(&mut data) {
            Ok(0) => return,
            Ok(n) => {
                if client.write_all(&data[..n]).is_err() {
                    return;
                }
                pace.spend(n);
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn main() {
    let port = env::var("PORT").expect("PORT is not set").parse::<u16>().expect("PORT is no number");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("bind");
    for client in listener.incoming() {
        match client {
            Ok(client) => drop(thread::spawn(|| echo(client))),
            Err(_) => sleep(Duration::from_millis(50)),
        }
    }
}
