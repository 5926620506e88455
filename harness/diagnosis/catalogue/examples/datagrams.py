"""datagrams: what goes wrong with whole messages, their senders and their loss."""

PYTHON = {
    "datagram-buffer-small": """
  while True:
-     data, peer = sock.recvfrom(1024)      # what is longer is cut
+     data, peer = sock.recvfrom(65535)
      sock.sendto(data, peer)
""",
    "datagrams-collected": """
- waiting = b""
  while True:
      data, peer = sock.recvfrom(65535)
-     waiting += data
-     sock.sendto(waiting, peer)
+     sock.sendto(data, peer)
""",
    "datagram-cut-up": """
  while True:
      data, peer = sock.recvfrom(65535)
-     for start in range(0, len(data), 512):
-         sock.sendto(data[start : start + 512], peer)
+     sock.sendto(data, peer)
""",
    "empty-datagram-ignored": """
  while True:
      data, peer = sock.recvfrom(65535)
-     if not data:
-         continue
      sock.sendto(data, peer)
""",
    "empty-datagram-is-end": """
  while True:
      data, peer = sock.recvfrom(65535)
-     if not data:
-         break                      # there is no end: it is a message
      sock.sendto(data, peer)
""",
    "answers-wrong-client": """
- _, peer = sock.recvfrom(65535)
  while True:
-     data, _ = sock.recvfrom(65535)
+     data, peer = sock.recvfrom(65535)
      sock.sendto(data, peer)
""",
    "answers-own-address": """
  while True:
      data, peer = sock.recvfrom(65535)
-     sock.sendto(data, ("127.0.0.1", PORT))   # its own address
+     sock.sendto(data, peer)
""",
    "send-without-address": """
  while True:
-     data = sock.recv(65535)
-     sock.sendall(data)
+     data, peer = sock.recvfrom(65535)
+     sock.sendto(data, peer)
""",
    "connected-to-first-client": """
- data, peer = sock.recvfrom(65535)
- sock.connect(peer)
  while True:
-     sock.send(data)
-     data = sock.recv(65535)
+     data, peer = sock.recvfrom(65535)
+     sock.sendto(data, peer)
""",
    "waits-for-one-client": """
  while True:
      data, peer = sock.recvfrom(65535)
      sock.sendto(data, peer)
-     more, other = sock.recvfrom(65535)
-     while other != peer:           # the others' are thrown away
-         more, other = sock.recvfrom(65535)
-     sock.sendto(more, peer)
""",
    "child-takes-datagrams": """
  while True:
      data, peer = sock.recvfrom(65535)
      if os.fork() == 0:
          sock.sendto(data, peer)
-         sock.settimeout(5)
-         while True:                # takes what others send, too
-             data, peer = sock.recvfrom(65535)
+         os._exit(0)
""",
    "answers-from-new-socket": """
  while True:
      data, peer = sock.recvfrom(65535)
-     other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
-     other.sendto(data, peer)
+     sock.sendto(data, peer)
""",
    "refused-is-fatal": """
  while True:
-     data, peer = sock.recvfrom(65535)
-     sock.sendto(data, peer)
+     try:
+         data, peer = sock.recvfrom(65535)
+         sock.sendto(data, peer)
+     except ConnectionRefusedError:
+         continue                   # a client has gone
""",
    "no-receive-loop": """
- data, peer = sock.recvfrom(65535)
- sock.sendto(data, peer)
+ while True:
+     data, peer = sock.recvfrom(65535)
+     sock.sendto(data, peer)
""",
    "datagram-crash": """
  while True:
      data, peer = sock.recvfrom(65535)
-     print(data.decode())
+     print(data)
      sock.sendto(data, peer)
""",
}

C = {
    "answers-from-any-address": """
  setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
  for (;;) {
-     n = recvfrom(fd, buf, sizeof buf, 0, peer, &length);
-     sendto(fd, buf, n, 0, peer, length);
+     n = recvmsg(fd, &message, 0);  /* with the address that was asked */
+     body.iov_len = n;
+     sendmsg(fd, &message, 0);      /* and the answer comes from there */
  }
""",
}

NODE: dict[str, str] = {}
