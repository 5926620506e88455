"""connections: how clients are accepted and served.

Long because it is one list: a small server for each bug.
"""

PYTHON = {
    "no-accept-loop": """
  listener = socket.create_server(("127.0.0.1", port))
- conn, address = listener.accept()
- while data := conn.recv(1024):
-     conn.sendall(data)
- conn.close()
+ while True:
+     conn, address = listener.accept()
+     while data := conn.recv(1024):
+         conn.sendall(data)
+     conn.close()
""",
    "accept-inside-loop": """
  listener = socket.create_server(("127.0.0.1", port))
  while True:
      conn, address = listener.accept()
-     data = conn.recv(1024)
-     conn.sendall(data)
+     while data := conn.recv(1024):
+         conn.sendall(data)
+     conn.close()
""",
    "listener-closed": """
  listener = socket.create_server(("127.0.0.1", port))
  while True:
      conn, address = listener.accept()
      while data := conn.recv(1024):
          conn.sendall(data)
-     listener.close()
+     conn.close()
""",
    "recv-on-listener": """
  s = socket.create_server(("127.0.0.1", port))
  while True:
      conn, address = s.accept()
-     while data := s.recv(1024):
-         s.sendall(data)
+     while data := conn.recv(1024):
+         conn.sendall(data)
      conn.close()
""",
    "accept-error-ends": """
  while True:
      try:
          conn, address = listener.accept()
-     except OSError:
-         break
+     except OSError as error:
+         print("accept:", error)
+         time.sleep(0.1)
+         continue
      Thread(target=handle, args=(conn,)).start()
""",
    "client-error-ends-server": """
  while True:
      conn, address = listener.accept()
-     while data := conn.recv(1024):
-         conn.sendall(data)
-     conn.close()
+     try:
+         while data := conn.recv(1024):
+             conn.sendall(data)
+     except OSError as error:
+         print("client:", error)
+     finally:
+         conn.close()
""",
    "wakeup-accepts-one": """
  listener.setblocking(False)
  epoll.register(listener, select.EPOLLIN | select.EPOLLET)

  def on_listener_ready():
-     conn, address = listener.accept()
-     add_client(conn)
+     while True:
+         try:
+             conn, address = listener.accept()
+         except BlockingIOError:
+             return
+         add_client(conn)
""",
    "first-ready-only": """
  while True:
      ready, _, _ = select.select(connections, [], [])
-     conn = ready[0]
-     serve(conn)
+     for conn in ready:
+         serve(conn)
""",
    "one-at-a-time": """
  def handle(conn):
      with conn:
          while data := conn.recv(1024):
              conn.sendall(data)

  while True:
      conn, address = listener.accept()
-     handle(conn)
+     Thread(target=handle, args=(conn,)).start()
""",
    "leaver-blocks-accept": """
  def tidy_up(signum, frame):
-     while True:
-         os.wait()
+     while os.waitpid(-1, os.WNOHANG)[0]:
+         pass

  signal.signal(signal.SIGCHLD, tidy_up)
""",
    "thread-called-not-started": """
  def handle(conn):
      with conn:
          while data := conn.recv(1024):
              conn.sendall(data)

  while True:
      conn, address = listener.accept()
-     Thread(target=handle(conn)).start()
+     Thread(target=handle, args=(conn,)).start()
""",
    "thread-without-arguments": """
  def handle(conn):
      with conn:
          while data := conn.recv(1024):
              conn.sendall(data)

  while True:
      conn, address = listener.accept()
-     Thread(target=handle).start()
+     Thread(target=handle, args=(conn,)).start()
""",
    "shared-loop-variable": """
- def handle():
+ def handle(conn):
      with conn:
          while data := conn.recv(1024):
              conn.sendall(data)

  while True:
      conn, address = listener.accept()
-     Thread(target=handle).start()
+     Thread(target=handle, args=(conn,)).start()
""",
    "blocked-by-idle-client": """
  while True:
-     for conn in clients:
-         data = conn.recv(1024)
-         conn.sendall(data)
+     ready, _, _ = select.select(clients, [], [])
+     for conn in ready:
+         if data := conn.recv(1024):
+             conn.sendall(data)
+         else:
+             clients.remove(conn)
+             conn.close()
""",
    "blocked-by-stalled-reader": """
  conn.setblocking(False)

  def on_readable(conn):
-     data = conn.recv(1024)
-     conn.setblocking(True)
-     conn.sendall(data)
+     waiting[conn] += conn.recv(1024)
+     selector.modify(conn, EVENT_WRITE)

+ def on_writable(conn):
+     sent = conn.send(waiting[conn])
+     waiting[conn] = waiting[conn][sent:]
+     if not waiting[conn]:
+         selector.modify(conn, EVENT_READ)
""",
    "connection-limit": """
- pool = ThreadPoolExecutor(max_workers=5)
  while True:
      conn, address = listener.accept()
-     pool.submit(handle, conn)
+     Thread(target=handle, args=(conn,)).start()
""",
    "connections-used-up": """
  slots = threading.Semaphore(100)

  def handle(conn):
-     while data := conn.recv(1024):
-         conn.sendall(data)
-     conn.close()
+     try:
+         while data := conn.recv(1024):
+             conn.sendall(data)
+     finally:
+         conn.close()
+         slots.release()

  while True:
      slots.acquire()
      conn, address = listener.accept()
      Thread(target=handle, args=(conn,)).start()
""",
    "not-listening": """
  listener = socket.socket()
  listener.bind(("127.0.0.1", port))
+ listener.listen()
  while True:
      conn, address = listener.accept()
      handle(conn)
""",
    "datagram-socket": """
- listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
+ listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  listener.bind(("127.0.0.1", port))
+ listener.listen()
  while True:
-     data, address = listener.recvfrom(1024)
-     listener.sendto(data, address)
+     conn, address = listener.accept()
+     handle(conn)
""",
    "wrong-interface": """
+ port = int(os.environ["PORT"])
  listener = socket.socket()
- listener.bind((socket.gethostname(), 8080))
+ listener.bind(("127.0.0.1", port))
  listener.listen()
""",
    "restart-fails": """
  listener = socket.socket()
+ listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  listener.bind(("127.0.0.1", port))
- listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  listener.listen()
""",
    "stale-socket-file": """
  listener = socket.socket(socket.AF_UNIX)
+ with suppress(FileNotFoundError):
+     os.unlink("/tmp/echo.sock")
  listener.bind("/tmp/echo.sock")
  listener.listen()
""",
    "needs-stdin": """
  server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Handler)
- Thread(target=server.serve_forever, daemon=True).start()
- input("Press Enter to stop")
+ server.serve_forever()
""",
    "never-accepts": """
  def accept_loop():
      while True:
          conn, address = listener.accept()
          serve(conn)

  acceptor = threading.Thread(target=accept_loop)
+ acceptor.start()
  signal.pause()
""",
    "closed-under-thread": """
  def serve(conn):
-     while data := conn.recv(1024):
-         conn.sendall(data)
+     with conn:
+         while data := conn.recv(1024):
+             conn.sendall(data)

  conn, address = listener.accept()
- with conn:
-     threading.Thread(target=serve, args=(conn,)).start()
+ threading.Thread(target=serve, args=(conn,)).start()
""",
    "daemon-thread-exit": """
  thread = threading.Thread(target=accept_loop, daemon=True)
  thread.start()
- thread.join(timeout=2)
+ thread.join()
""",
    "newest-client-first": """
- waiting = queue.LifoQueue()
+ waiting = queue.Queue()

  def accept_loop():
      while True:
          conn, address = listener.accept()
          waiting.put(conn)

  while True:
      serve(waiting.get())
""",
}

C = {
    "wrong-nfds": """
  for (;;) {
      fd_set ready = watched;
      select(maxfd + 1, &ready, NULL, NULL, NULL);
      serve_clients(&ready, maxfd);
      if (FD_ISSET(listener, &ready)) {
          int fd = accept(listener, NULL, NULL);
          FD_SET(fd, &watched);
-         maxfd = fd;            /* lower than that of an older client */
+         if (fd > maxfd)
+             maxfd = fd;
      }
  }
""",
    "select-set-used-up": """
  FD_SET(listener, &watched);
  for (;;) {
-     select(nfds, &watched, NULL, NULL, NULL);   /* takes others out */
-     serve_clients(&watched);
-     if (FD_ISSET(listener, &watched))
+     fd_set ready = watched;
+     select(nfds, &ready, NULL, NULL, NULL);
+     serve_clients(&ready);
+     if (FD_ISSET(listener, &ready))
          FD_SET(accept(listener, NULL, NULL), &watched);
  }
""",
    "accept-blocks-others": """
  listener = socket.create_server(("127.0.0.1", port))
+ listener.setblocking(False)
  selector.register(listener, selectors.EVENT_READ)
  while True:
      for key, events in selector.select():
          if key.fileobj is listener:
-             conn, address = listener.accept()   # waits if nobody is there
-             selector.register(conn, selectors.EVENT_READ)
+             try:
+                 conn, address = listener.accept()
+             except BlockingIOError:
+                 continue
+             selector.register(conn, selectors.EVENT_READ)
          else:
              serve(key.fileobj)
""",
}

NODE: dict[str, str] = {}
