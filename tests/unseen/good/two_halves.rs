/*
Style: a thread for each client with BufReader::fill_buf and BufWriter; no error is unwrapped
Profile: concurrent
Port: $PORT
*/
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::{env, thread, time::Duration};

fn echo(stream: TcpStream) -> io::Result<u64> {
    let mut input = BufReader::with_capacity(3333, stream.try_clone()?);
    let mut output = BufWriter::new(stream);
    let mut total = 0;
    loop {
        let used = {
            let piece = input.fill_buf()?;
            output.write_all(piece)?;
            piece.len()
        };
        output.flush()?;
        if used == 0 {
            output.get_ref().shutdown(Shutdown::Write)?;
            return Ok(total);
        }
        input.consume(used);
        total += used as u64;
    }
}

fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "0".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    loop {
        match listener.accept() {
            Ok((stream, from)) => {
                thread::spawn(move || match echo(stream) {
                    Ok(total) => println!("{from}: {total} bytes"),
                    Err(error) => println!("{from}: error: {error}"),
                });
            }
            Err(error) => {
                eprintln!("accept: {error}");
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
