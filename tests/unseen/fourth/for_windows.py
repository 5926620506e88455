"""
Bug: "for clients under Windows" each LF is sent back as CR LF.
Cause: newline-translated
Caught by: identity/newlines
Profile: sequential
Port: 29012
"""

import io
import socket
import time

PORT = 29012


def main() -> None:
    with socket.create_server(("127.0.0.1", PORT)) as listener:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                time.sleep(0.1)
                continue
            with conn:
                try:
                    serve(conn)
                except OSError as error:
                    print("client lost:", error)


def serve(conn: socket.socket) -> None:
    raw = socket.SocketIO(conn, "rw")
    answer = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="latin-1", newline="\r\n", write_through=True
    )
    try:
        while data := conn.recv(1024):
            answer.write(data.decode("latin-1"))
            answer.flush()
    finally:
        # Only the wrapper goes here: what it could not send is not wanted any more.
        try:
            answer.close()
        except OSError:
            pass


main()
