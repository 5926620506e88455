"""process: crashes, signals, leaks, and processors that are kept busy."""

PYTHON = {
    "crash-on-reset": """
  while True:
      conn, address = listener.accept()
      with conn:
-         while data := conn.recv(1024):
-             conn.sendall(data)
+         try:
+             while data := conn.recv(1024):
+                 conn.sendall(data)
+         except ConnectionError:
+             print("the client has gone")
""",
    "signal-breaks": """
- def on_continue(number, frame):
-     raise InterruptedError("continued")
- signal.signal(signal.SIGCONT, on_continue)
  while True:
      conn, address = listener.accept()
      Thread(target=handle, args=(conn,)).start()
""",
    "urgent-data": """
  while True:
-     ready, _, failed = select.select(clients, [], clients)
-     for conn in failed:
-         clients.remove(conn)
-         conn.close()
+     ready, _, _ = select.select(clients, [], [])
      for conn in ready:
          serve(conn)
""",
    "descriptor-leak": """
  def handle(conn):
-     while data := conn.recv(1024):
-         conn.sendall(data)
-     conn.close()           # not reached after an error
+     with conn:
+         while data := conn.recv(1024):
+             conn.sendall(data)
""",
    "thread-leak": """
  def handle(conn):
      queue = Queue()
      Thread(target=write_from, args=(queue, conn)).start()
      while data := conn.recv(1024):
          queue.put(data)
+     queue.put(None)         # write_from() returns when it gets None
""",
    "memory-leak": """
  def handle(conn):
-     history = []
-     histories.append(history)
      with conn:
          while data := conn.recv(1024):
-             history.append(data)
              conn.sendall(data)
""",
    "zombies": """
+ signal.signal(signal.SIGCHLD, signal.SIG_IGN)
  while True:
      conn, address = listener.accept()
      if os.fork() == 0:
          serve(conn)
          os._exit(0)
      conn.close()
""",
    "child-goes-on": """
  while True:
      conn, address = listener.accept()
      if os.fork() == 0:
          serve(conn)
+         os._exit(0)
      conn.close()
""",
    "descriptor-famine": """
  while True:
-     conn, address = listener.accept()
+     try:
+         conn, address = listener.accept()
+     except OSError:
+         time.sleep(0.1)     # too many open files: some client will go
+         continue
      Thread(target=handle, args=(conn,)).start()
""",
    "spins-at-end": """
  while True:
      for key, events in selector.select():
          data = key.fileobj.recv(1024)
          if data:
              key.fileobj.sendall(data)
+         else:
+             selector.unregister(key.fileobj)
+             key.fileobj.close()
""",
    "spins-idle": """
  while True:
-     ready, _, _ = select.select(clients, [], [], 0)
+     ready, _, _ = select.select(clients, [], [])
      for conn in ready:
          serve(conn)
""",
    "spins-at-accept": """
- listener.setblocking(False)
  while True:
      try:
          conn, address = listener.accept()
-     except OSError:
+     except OSError:         # the listener blocks: this is rare
+         time.sleep(0.1)
          continue
      Thread(target=handle, args=(conn,)).start()
""",
    "spins-when-full": """
  while data:
      try:
          data = data[conn.send(data):]
      except BlockingIOError:
-         continue
+         select.select([], [conn], [])
""",
    "famine-drops-clients": """
  while True:
      try:
          conn, address = listener.accept()
          clients.append(conn)
      except OSError:
-         for client in clients:
-             client.close()
-         clients.clear()
+         time.sleep(0.1)     # it concerns nobody who is connected
""",
    "lock-kept": """
  def answer(conn, data):
-     lock.acquire()
-     conn.sendall(data)
-     lock.release()
+     with lock:
+         conn.sendall(data)
""",
    "workers-die": """
  def worker():
      while True:
          conn, address = listener.accept()
-         serve(conn)
-         conn.close()
+         try:
+             serve(conn)
+         except OSError as error:
+             print("client:", error)
+         finally:
+             conn.close()
""",
    "slow-each-time": """
- history = b""
  while data := conn.recv(1024):
-     history = history + data
-     conn.sendall(history[-len(data):])
+     conn.sendall(data)
  conn.close()
""",
    "crash": """
  while data := conn.recv(1024):
-     print("second word:", data.split(b" ")[1])
+     words = data.split(b" ")
+     if len(words) > 1:
+         print("second word:", words[1])
      conn.sendall(data)
  conn.close()
""",
}

C = {
    "killed-by-sigpipe": """
  int main(void)
  {
+     signal(SIGPIPE, SIG_IGN);   /* write() reports EPIPE instead */
      int listener = make_listener();
      for (;;) {
          int fd = accept(listener, NULL, NULL);
          serve(fd);
          close(fd);
      }
  }
""",
}

NODE: dict[str, str] = {}
