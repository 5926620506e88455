"""limits: counters, sizes and quotas."""

PYTHON = {
    "bytes-quota": """
- total = 0
  while data := conn.recv(1024):
-     total += len(data)
-     if total > 1_000_000:
-         break
      conn.sendall(data)
  conn.close()
""",
    "reads-quota": """
  conn, address = listener.accept()
- for _ in range(100):
+ while True:
      data = conn.recv(1024)
      if not data:
          break
      conn.sendall(data)
  conn.close()
""",
    "every-nth-read": """
  count = 0
  while data := conn.recv(1024):
      count += 1
-     if count % 50 == 0:
-         data = data[:-1]
      conn.sendall(data)
  conn.close()
""",
    "message-size-limit": """
  while True:
      data = conn.recv(65536)
      if not data:
          break
-     conn.sendall(data[:4096])
+     conn.sendall(data)
  conn.close()
""",
    "short-message-refused": """
  while data := conn.recv(4096):
-     if len(data) < 4:
-         break
      conn.sendall(data)
  conn.close()
""",
    "exact-size": """
  while data := conn.recv(65536):
-     if len(data) % 512 != 0:
-         conn.sendall(data)
+     conn.sendall(data)
  conn.close()
""",
    "ring-wrap": """
  def put(ring, data):
-     ring.cells[ring.end : ring.end + len(data)] = data
-     ring.end = (ring.end + len(data)) % SIZE
+     first = min(len(data), SIZE - ring.end)
+     ring.cells[ring.end : ring.end + first] = data[:first]
+     ring.cells[: len(data) - first] = data[first:]
+     ring.end = (ring.end + len(data)) % SIZE
+     ring.count += len(data)
""",
    "recursion": """
  def serve(conn):
-     data = conn.recv(1024)
-     if data:
-         conn.sendall(data)
-         serve(conn)
+     while data := conn.recv(1024):
+         conn.sendall(data)
""",
    "select-too-small": """
+ selector = selectors.DefaultSelector()
+ selector.register(listener, selectors.EVENT_READ)
  while True:
-     ready, _, _ = select.select(sockets, [], [])
-     for sock in ready:
+     for key, _ in selector.select():
+         sock = key.fileobj
          serve(sock)
""",
}

C = {
    "counter-wraps": """
  char buf[65536];
  for (;;) {
-     unsigned short n = read(fd, buf, sizeof buf);   /* 65,536 becomes 0 */
-     if (n == 0)
+     ssize_t n = read(fd, buf, sizeof buf);
+     if (n <= 0)
          break;
      write_all(fd, buf, n);
  }
  close(fd);
""",
}

NODE: dict[str, str] = {}
