"""sending: how the answers are written."""

PYTHON = {
    "short-send-ignored": """
  while True:
      conn, address = listener.accept()
      while data := conn.recv(65536):
-         conn.send(data)
+         conn.sendall(data)
      conn.close()
""",
    "would-block-dropped": """
  conn.setblocking(False)

  def on_data(conn, data):
-     try:
-         conn.send(data)
-     except BlockingIOError:
-         pass
+     waiting[conn] += data
+     selector.modify(conn, EVENT_READ | EVENT_WRITE)

+ def on_writable(conn):
+     sent = conn.send(waiting[conn])
+     waiting[conn] = waiting[conn][sent:]
""",
    "would-block-closes": """
  conn.setblocking(False)

  def on_writable(conn):
      try:
          sent = conn.send(waiting[conn])
+     except BlockingIOError:
+         return
      except OSError:
          conn.close()
          return
      waiting[conn] = waiting[conn][sent:]
""",
    "send-retried-from-start": """
  def answer(conn, data):
      sent = 0
      while sent < len(data):
-         sent += conn.send(data)
+         sent += conn.send(data[sent:])
""",
    "not-flushed": """
  conn, address = listener.accept()
  out = conn.makefile("wb")
  while data := conn.recv(1024):
      out.write(data)
+     out.flush()
  out.close()
  conn.close()
""",
    "send-outside-loop": """
  conn, address = listener.accept()
  while True:
      data = conn.recv(1024)
      if not data:
          break
- conn.sendall(data)
+     conn.sendall(data)
  conn.close()
""",
    "never-resumes": """
  class Echo(asyncio.Protocol):
      def connection_made(self, transport):
          self.transport = transport

      def data_received(self, data):
          self.transport.write(data)

      def pause_writing(self):
          self.transport.pause_reading()

+     def resume_writing(self):
+         self.transport.resume_reading()
""",
    "deadlock-both-ways": """
  def reader(conn):
      while data := conn.recv(65536):
          with lock:
              pieces.append(data)

  def writer(conn):
      while True:
          with lock:
-             if pieces:
-                 conn.sendall(pieces.popleft())
+             data = pieces.popleft() if pieces else b""
+         conn.sendall(data)
          time.sleep(0.001)
""",
    "stalled-output-dropped": """
  def on_data(client, data):
-     if len(client.waiting) < LIMIT:
-         client.waiting += data
+     client.waiting += data
+     if len(client.waiting) >= LIMIT:
+         stop_reading(client)   # and read again when it is sent
      send_what_fits(client)
""",
    "gives-up-on-slow-reader": """
  conn, address = listener.accept()
- conn.settimeout(2.0)
  while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
    "unbounded-buffer": """
  async def handle(reader, writer):
      while data := await reader.read(1024):
          writer.write(data)
+         await writer.drain()
      writer.close()
""",
    "queue-order": """
- waiting = []
+ waiting = collections.deque()

  def on_data(data):
      waiting.append(data)

  def on_writable(conn):
-     data = waiting.pop()
+     data = waiting.popleft()
      sent = conn.send(data)
      if sent < len(data):
-         waiting.append(data[sent:])
+         waiting.appendleft(data[sent:])
""",
    "buffer-overwritten": """
  buffer = bytearray(4096)
  while True:
      n = conn.recv_into(buffer)
      if n == 0:
          break
-     queue.put(memoryview(buffer)[:n])
+     queue.put(bytes(buffer[:n]))
""",
    "sent-twice": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
-     if conn.send(data) > 0:
-         conn.sendall(data)
+     conn.sendall(data)
  conn.close()
""",
    "position-not-reset": """
- sent = 0
  while data := conn.recv(1024):
+     sent = 0
      while sent < len(data):
          sent += conn.send(data[sent:])
  conn.close()
""",
    "stale-buffer": """
  buffer = bytearray(1024)
  while True:
      n = conn.recv_into(buffer)
      if n == 0:
          break
-     conn.sendall(buffer)
+     conn.sendall(buffer[:n])
  conn.close()
""",
    "busy-loop-writable": """
  while True:
-     readable, writable, _ = select.select(clients, clients, [])
+     full = [client for client in clients if waiting[client]]
+     readable, writable, _ = select.select(clients, full, [])
      for client in readable:
          waiting[client] += client.recv(1024)
      for client in writable:
          sent = client.send(waiting[client])
          waiting[client] = waiting[client][sent:]
""",
    "answers-overtake": """
  async def echo(reader, writer):
      while data := await reader.read(1024):
-         asyncio.create_task(answer(writer, data))
+         await answer(writer, data)
      writer.close()
""",
    "one-behind": """
  last = b""
  while data := conn.recv(1024):
-     conn.sendall(last)
-     last = data
+     last = data
+     conn.sendall(last)
""",
    "buffer-not-filled": """
  buf = bytearray(1024)
- while n := len(conn.recv(1024)):
+ while n := conn.recv_into(buf):
      conn.sendall(buf[:n])
  conn.close()
""",
    "writable-not-watched": """
  def on_readable(client):
      client.out += client.conn.recv(1024)
      sent = client.conn.send(client.out)
      client.out = client.out[sent:]
+     if client.out:
+         selector.modify(client.conn, EVENT_READ | EVENT_WRITE, client)
""",
}

C: dict[str, str] = {}

NODE: dict[str, str] = {}
