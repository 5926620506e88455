"""An incremental decoder holds back the beginning of a character, and is never flushed at the end.

Clause: identity/split-utf8
Trigger: a read that ends inside a UTF-8 character
Profile: concurrent
Grade: nasty
Cause: partial-held-back
"""

import codecs
import os
import socket
import threading
import time

Utf8 = codecs.getincrementaldecoder("utf-8")


def serve(client: socket.socket) -> None:
    decoder = Utf8(errors="surrogateescape")
    with client:
        try:
            while data := client.recv(1024):
                text = decoder.decode(data)
                client.sendall(text.encode("utf-8", errors="surrogateescape"))
        except ConnectionError:
            pass


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            time.sleep(0.05)
            continue
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()
