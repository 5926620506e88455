"""ending: when and how connections, and the server, end."""

PYTHON = {
    "missing-break": """
  conn, address = listener.accept()
  while True:
      data = conn.recv(1024)
+     if not data:
+         break
      conn.sendall(data)
+ conn.close()
""",
    "never-closes": """
  clients = []
  while True:
      conn, address = listener.accept()
      clients.append(conn)
      while data := conn.recv(1024):
          conn.sendall(data)
+     clients.remove(conn)
+     conn.close()
""",
    "close-inside-loop": """
  conn, address = listener.accept()
  while True:
      data = conn.recv(1024)
      if not data:
          break
      conn.sendall(data)
-     conn.close()
+ conn.close()
""",
    "pending-dropped-at-end": """
  def on_readable(conn):
      data = conn.recv(1024)
      if not data:
-         forget(conn)
-         conn.close()
+         ended.add(conn)      # no more input; on_writable closes it
+         selector.modify(conn, EVENT_WRITE)
          return
      waiting[conn] += data

  def on_writable(conn):
      sent = conn.send(waiting[conn])
      waiting[conn] = waiting[conn][sent:]
+     if conn in ended and not waiting[conn]:
+         conn.close()
""",
    "end-with-data-lost": """
  async def handle(reader, writer):
      while True:
          data = await reader.read(1024)
-         if reader.at_eof():
+         if not data:
              break
          writer.write(data)
          await writer.drain()
      writer.close()
""",
    "reset-instead-of-fin": """
  conn, address = listener.accept()
- conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
  while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
    "copy-kept-open": """
  while True:
      conn, address = listener.accept()
      if os.fork() == 0:
          listener.close()
          serve(conn)
          os._exit(0)
+     conn.close()
""",
    "closes-before-client": """
  while True:
      conn, address = listener.accept()
-     for _ in range(10):
-         data = conn.recv(1024)
+     while data := conn.recv(1024):
          conn.sendall(data)
      conn.close()
""",
    "exit-status": """
  conn, address = listener.accept()
  total = 0
  while data := conn.recv(1024):
      conn.sendall(data)
      total += len(data)
  conn.close()
- sys.exit(total)
+ print(total, "bytes")
""",
    "waits-for-first-data": """
  conn, address = listener.accept()
- data = b""
- while not data:
-     data = conn.recv(1024)
+ data = conn.recv(1024)
  while data:
      conn.sendall(data)
      data = conn.recv(1024)
  conn.close()
""",
    "idle-timeout": """
  conn, address = listener.accept()
- conn.settimeout(5.0)
  try:
      while data := conn.recv(1024):
          conn.sendall(data)
  finally:
      conn.close()
""",
    "time-limit": """
  async def handle(reader, writer):
-     async with asyncio.timeout(10):
-         await echo(reader, writer)
+     await echo(reader, writer)
      writer.close()
""",
    "sigterm-ignored": """
- signal.signal(signal.SIGTERM, signal.SIG_IGN)
  listener = socket.create_server(("127.0.0.1", port))
  while True:
      conn, address = listener.accept()
-     Thread(target=handle, args=(conn,)).start()
+     Thread(target=handle, args=(conn,), daemon=True).start()
""",
}

C: dict[str, str] = {}

NODE = {
    "end-lost-when-full": """
  while data := conn.recv(1024):
      pieces.put(data)
- try:
-     pieces.put_nowait(None)
- except queue.Full:
-     pass
+ pieces.put(None)
""",
    "half-close-ends-at-once": """
- const server = net.createServer((socket) => {
+ const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (data) => answerLater(socket, data));
-   socket.on('end', () => socket.destroy());
+   socket.on('end', () => endWhenAllIsSent(socket));
    socket.on('error', () => socket.destroy());
  });
  server.listen(process.env.PORT, '127.0.0.1');
""",
}
