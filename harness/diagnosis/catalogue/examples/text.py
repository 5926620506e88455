"""text: bytes that are taken for text, commands or marks."""

PYTHON = {
    "decodes-text": """
  while True:
-     text = conn.recv(1024).decode()
-     if not text:
+     data = conn.recv(1024)
+     if not data:
          break
-     conn.sendall(text.encode())
+     conn.sendall(data)
  conn.close()
""",
    "lossy-decoding": """
  while data := conn.recv(1024):
-     text = data.decode("utf-8", errors="replace")
-     conn.sendall(text.encode("utf-8"))
+     conn.sendall(data)
  conn.close()
""",
    "strips-whitespace": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
-     conn.sendall(data.strip())
+     conn.sendall(data)
  conn.close()
""",
    "newline-translated": """
  conn, address = listener.accept()
- stream = conn.makefile("rw")
+ stream = conn.makefile("rwb")
  for line in stream:
      stream.write(line)
      stream.flush()
  stream.close()
  conn.close()
""",
    "line-ends-dropped": """
  while data := conn.recv(1024):
-     for line in data.splitlines():
-         conn.sendall(line)
+     conn.sendall(data)
  conn.close()
""",
    "seven-bit": """
  while data := conn.recv(1024):
-     data = bytes(byte & 0x7F for byte in data)
      conn.sendall(data)
  conn.close()
""",
    "magic-byte": """
  while data := conn.recv(1024):
-     if b"\\x04" in data:     # ^D
-         break
      conn.sendall(data)
  conn.close()
""",
    "magic-word": """
  while data := conn.recv(1024):
-     if data.strip() == b"quit":
-         break
      conn.sendall(data)
  conn.close()
""",
    "telnet": """
  IAC = 0xFF
  while data := conn.recv(1024):
-     if data[0] == IAC:
-         data = data[3:]
      conn.sendall(data)
  conn.close()
""",
    "escapes-interpreted": """
  while data := conn.recv(1024):
-     text = data.decode("unicode_escape")
-     conn.sendall(text.encode("latin-1"))
+     conn.sendall(data)
  conn.close()
""",
    "case-changed": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
-     conn.sendall(data.upper())
+     conn.sendall(data)
  conn.close()
""",
    "bom-dropped": """
  while data := conn.recv(1024):
-     text = data.decode("utf-8-sig", "surrogateescape")
-     conn.sendall(text.encode("utf-8", "surrogateescape"))
+     conn.sendall(data)
  conn.close()
""",
    "representation-sent": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
-     conn.sendall(str(data).encode())
+     conn.sendall(data)
  conn.close()
""",
    "constant-answer": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
-     conn.sendall(b"OK")
+     conn.sendall(data)
  conn.close()
""",
    "printed-not-sent": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
      print("received", data)
+     conn.sendall(data)
  conn.close()
""",
    "banner": """
  conn, address = listener.accept()
- conn.sendall(b"Welcome!\\n")
  while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
    "prefix-or-suffix": """
  while True:
      data = conn.recv(1024)
      if not data:
          break
-     conn.sendall(b"Echo: " + data)
+     conn.sendall(data)
  conn.close()
""",
    "farewell": """
  conn, address = listener.accept()
  while data := conn.recv(1024):
      conn.sendall(data)
- conn.sendall(b"Goodbye!\\n")
  conn.close()
""",
    "keepalive-bytes": """
- conn.settimeout(10)
- while True:
-     try:
-         data = conn.recv(1024)
-     except TimeoutError:
-         conn.sendall(b"\\0")
-         continue
-     if not data:
-         break
+ while data := conn.recv(1024):
      conn.sendall(data)
  conn.close()
""",
    "repetitions-dropped": """
- last = b""
  while data := conn.recv(1024):
-     if data != last:
-         conn.sendall(data)
-     last = data
+     conn.sendall(data)
  conn.close()
""",
    "never-emptied": """
- collected = b""
  while data := conn.recv(1024):
-     collected += data
-     conn.sendall(collected)
+     conn.sendall(data)
  conn.close()
""",
    "padding-stripped": """
  while data := conn.recv(1024):
-     record = data.ljust(1024, b"\\0")
-     conn.sendall(record.rstrip(b"\\0"))
+     conn.sendall(data)
""",
}

C = {
    "cut-at-nul": """
  char buf[1025];
  ssize_t n;
  while ((n = read(fd, buf, 1024)) > 0) {
-     buf[n] = '\\0';
-     write_all(fd, buf, strlen(buf));
+     write_all(fd, buf, n);
  }
  close(fd);
""",
    "signed-char-is-end": """
  FILE *in = fdopen(fd, "r");
  FILE *out = fdopen(dup(fd), "w");
- char c;
+ int c;
  while ((c = getc(in)) != EOF) {
      putc(c, out);
      fflush(out);
  }
""",
    "format-string": """
  ssize_t n;
  while ((n = read(fd, buf, 1024)) > 0) {
-     buf[n] = '\\0';
-     dprintf(fd, buf);
+     write_all(fd, buf, n);
  }
  close(fd);
""",
}

NODE = {
    "decodes-each-read": """
  const server = net.createServer((socket) => {
    socket.on('data', (data) => {
-     socket.write(data.toString());
+     socket.write(data);
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(process.env.PORT, '127.0.0.1');
""",
}
