"""reading: how what clients send is read."""

PYTHON = {
    "single-read": """
  while True:
      conn, address = listener.accept()
-     data = conn.recv(1024)
-     conn.sendall(data)
+     while data := conn.recv(1024):
+         conn.sendall(data)
      conn.close()
""",
    "short-read-is-end": """
  conn, address = listener.accept()
  while True:
      data = conn.recv(1024)
-     conn.sendall(data)
-     if len(data) < 1024:
+     if not data:
          break
+     conn.sendall(data)
  conn.close()
""",
    "full-read-is-end": """
  while data := conn.recv(1024):
-     if len(data) >= 1024:
-         print("message too long")
-         break
      conn.sendall(data)
  conn.close()
""",
    "full-read-lost": """
  while data := conn.recv(4096):
-     if len(data) < 4096:
-         conn.sendall(data)
+     conn.sendall(data)
  conn.close()
""",
    "rest-of-read-discarded": """
  while data := conn.recv(1024):
-     line, _, rest = data.partition(b"\\n")
-     conn.sendall(line + b"\\n")
+     conn.sendall(data)
  conn.close()
""",
    "edge-not-drained": """
  epoll.register(conn, select.EPOLLIN | select.EPOLLET)
  conn.setblocking(False)

  def on_readable(conn):
-     data = conn.recv(1024)
-     answer(conn, data)
+     while True:
+         try:
+             data = conn.recv(1024)
+         except BlockingIOError:
+             return
+         answer(conn, data)
""",
    "waits-for-newline": """
  conn, address = listener.accept()
- with conn.makefile("rb") as lines:
-     for line in lines:
-         conn.sendall(line)
+ while data := conn.recv(1024):
+     conn.sendall(data)
  conn.close()
""",
    "waits-for-full-buffer": """
  conn, address = listener.accept()
  stream = conn.makefile("rb")
- while data := stream.read(1024):
+ while data := stream.read1(1024):
      conn.sendall(data)
  conn.close()
""",
    "waits-for-end": """
- message = b""
  while data := conn.recv(1024):
-     message += data
- conn.sendall(message)
+     conn.sendall(data)
  conn.close()
""",
    "fixed-message-size": """
  SIZE = 64
  while data := conn.recv(SIZE):
-     conn.sendall(data.ljust(SIZE, b"\\0"))
+     conn.sendall(data)
  conn.close()
""",
    "length-prefix": """
- while header := conn.recv(4):
-     length = int.from_bytes(header, "big")
-     data = conn.recv(length)
+ while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
    "drops-while-busy": """
  async def on_data(client, data):
-     if client.busy:
-         return
-     client.busy = True
-     await client.send(data)
-     client.busy = False
+     client.queue.append(data)
+     if client.busy:
+         return
+     client.busy = True
+     while client.queue:
+         await client.send(client.queue.popleft())
+     client.busy = False
""",
    "reads-never": """
  while True:
      conn, address = listener.accept()
      print("connected:", address)
-     time.sleep(60)
+     while data := conn.recv(1024):
+         conn.sendall(data)
+     conn.close()
""",
    "input-for-recv": """
  conn, address = listener.accept()
- while True:
-     data = input()
-     conn.sendall(data.encode())
+ while data := conn.recv(1024):
+     conn.sendall(data)
+ conn.close()
""",
    "full-read-before-end-lost": """
  def read_all_there_is(conn):
      data = conn.recv(1024)
      while data and len(data) % 1024 == 0:
          more = receive_without_waiting(conn, 1024)
          if not more:
-             return b""
+             break
          data += more
      return data
""",
    "waits-after-full-read": """
  def read_message(conn):
-     message = b""
-     while True:
-         part = conn.recv(1024)
-         message += part
-         if len(part) < 1024:
-             return message
+     return conn.recv(1024)

  while message := read_message(conn):
      conn.sendall(message)
""",
    "partial-held-back": """
- decoder = codecs.getincrementaldecoder("utf-8")()
  while data := conn.recv(1024):
-     text = decoder.decode(data)
-     conn.sendall(text.encode("utf-8"))
+     conn.sendall(data)
""",
    "pause-is-end-of-message": """
  while True:
-     ready, _, _ = select.select([conn], [], [], 0.02)
      data = conn.recv(1024)
      if not data:
          break
-     if ready:                    # else it came too late
-         conn.sendall(data)
+     conn.sendall(data)
""",
    "every-other-read-lost": """
- while conn.recv(1024):
-     data = conn.recv(1024)
+ while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
    "first-read-lost": """
- name = conn.recv(1024)
  while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
}

C = {
    "off-by-one-at-full-read": """
  char buf[4096];
  ssize_t n;
  while ((n = read(fd, buf, sizeof buf)) > 0) {
-     if (n == sizeof buf)
-         n--;
-     buf[n] = '\\0';
      write_all(fd, buf, n);
  }
  close(fd);
""",
    "eagain-is-error": """
  /* The socket is non-blocking, and poll() said that something happened. */
  ssize_t n = read(fd, buf, sizeof buf);
- if (n <= 0) {
+ if (n < 0 && (errno == EAGAIN || errno == EINTR))
+     return;   /* nothing yet: back to poll() */
+ if (n <= 0) {
      close(fd);
      return;
  }
  answer(fd, buf, n);
""",
    "eintr-is-error": """
  for (;;) {
      int n = epoll_wait(epoll, events, 64, -1);
+     if (n < 0 && errno == EINTR)
+         continue;   /* a signal came; nothing is wrong */
      if (n < 0) {
          perror("epoll_wait");
          exit(1);
      }
      serve(events, n);
  }
""",
}

NODE: dict[str, str] = {}
