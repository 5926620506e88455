"""state: what connections share, and what is left of earlier ones."""

PYTHON = {
    "shared-buffer": """
  class Echo(asyncio.Protocol):
-     buffer = bytearray()       # one for all connections
      def connection_made(self, transport):
          self.transport = transport
+         self.buffer = bytearray()

      def data_received(self, data):
          self.buffer += data
          self.answer()
""",
    "leftover-of-earlier": """
- waiting = b""
  while True:
      conn, address = listener.accept()
+     waiting = b""
      while data := conn.recv(1024):
          waiting += data
          sent = conn.send(waiting)
          waiting = waiting[sent:]
      conn.close()
""",
    "state-by-descriptor": """
  waiting = {}

  def on_data(conn, data):
      pieces = waiting.setdefault(conn.fileno(), [])
      pieces.append(data)

  def on_end(conn):
+     waiting.pop(conn.fileno(), None)
      conn.close()
""",
    "global-error-clears-all": """
  def on_writable(conn):
      try:
          sent = conn.send(waiting[conn])
          waiting[conn] = waiting[conn][sent:]
      except OSError:
-         waiting.clear()
+         waiting.pop(conn)
          conn.close()
""",
    "broadcast": """
  def on_data(conn, data):
-     for client in clients:
-         client.sendall(data)
+     conn.sendall(data)
""",
    "removal-skips-next": """
- for client in clients:
+ for client in list(clients):
      if client.ended:
          clients.remove(client)
          client.conn.close()
""",
    "removes-wrong-client": """
  def leave(i):
      clients[i].close()
-     del clients[i + 1]
+     del clients[i]
""",
}

C: dict[str, str] = {}

NODE: dict[str, str] = {}
