/*
Bug: after its one connection the server ends with status 1, as if something had gone wrong.
Cause: exit-status
Caught by: shutdown/exit-status
Profile: one-shot
Port: $PORT
*/
use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

fn main() -> ExitCode {
    let port = std::env::var("PORT").unwrap_or_default();
    let Ok(listener) = TcpListener::bind(format!("127.0.0.1:{port}")) else {
        eprintln!("cannot listen on port {port}");
        return ExitCode::from(2);
    };
    let (stream, _) = listener.accept().expect("accept");
    let copied = io::copy(&mut &stream, &mut &stream);
    match copied {
        Ok(0) => ExitCode::SUCCESS,
        Ok(bytes) => {
            eprintln!("{bytes} bytes");
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
