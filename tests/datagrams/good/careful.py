"""It answers from the address that was asked, and does not mind clients that have gone.

Style: blocking, IP_PKTINFO
Profile: sequential
"""

import os
import socket

PORT = int(os.environ.get("PORT", "0"))
IP_PKTINFO, IP_RECVERR = 8, 11
TO_NOBODY = (7, 19)

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    server.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    server.bind(("0.0.0.0", PORT))
    while True:
        try:
            data, control, _, peer = server.recvmsg(65535, 128)
            if peer[1] in TO_NOBODY:
                continue
            told = [part for level, kind, part in control if (level, kind) == (0, IP_PKTINFO)]
            # struct in_pktinfo: the interface, the address to answer from, the address asked
            source = bytes(4) + told[0][8:12] + bytes(4)
            server.sendmsg([data], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, peer)
        except ConnectionRefusedError:
            continue
