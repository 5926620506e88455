// Bug: the read buffer grows after full reads and shrinks by 512 bytes after 6 small ones in a row,
//     without a lower bound: after 48 small messages it is empty, and reading into it gives 0,
//     which is taken for the end.
// Cause: none-of-these
// Also: reads-quota, closes-before-client
// Profile: concurrent
// Port: $PORT
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::{env, process, thread, time::Duration};

const FIRST_SIZE: usize = 4096;
const MAX_SIZE: usize = 64 * 1024;
const STEP: usize = 512;
const PATIENCE: u32 = 6;

/// A buffer which takes the size that its connection needs.
struct Adaptive {
    space: Vec<u8>,
    small_reads: u32,
}

impl Adaptive {
    fn new() -> Adaptive {
        Adaptive { space: vec![0; FIRST_SIZE], small_reads: 0 }
    }

    fn read_from<R: Read>(&mut self, source: &mut R) -> io::Result<&[u8]> {
        let n = source.read(&mut self.space)?;
        Ok(&self.space[..n])
    }

    fn adapt(&mut self, used: usize) {
        let size = self.space.len();
        if used == size {
            self.small_reads = 0;
            self.space.resize((size * 2).min(MAX_SIZE), 0);
        } else if used < size / 2 || used < STEP {
            self.small_reads += 1;
            if self.small_reads == PATIENCE {
                self.small_reads = 0;
                self.space.truncate(size.saturating_sub(STEP));
                self.space.shrink_to_fit();
            }
        } else {
            self.small_reads = 0;
        }
    }
}

fn echo<S: Read + Write>(mut stream: S) -> io::Result<()> {
    let mut buffer = Adaptive::new();
    loop {
        let data = buffer.read_from(&mut stream)?;
        if data.is_empty() {
            return Ok(());
        }
        stream.write_all(data)?;
        let used = data.len();
        buffer.adapt(used);
    }
}

fn main() {
    let address = format!("127.0.0.1:{}", env::var("PORT").unwrap_or_default());
    let listener = TcpListener::bind(&address).unwrap_or_else(|e| {
        eprintln!("{address}: {e}");
        process::exit(2)
    });
    loop {
        if let Ok((stream, _)) = listener.accept() {
            thread::spawn(move || echo(stream));
        } else {
            thread::sleep(Duration::from_millis(100));
        }
    }
}
