"""datagrams: what goes wrong with whole messages, their senders and their loss."""

from __future__ import annotations

from functools import partial

from harness.diagnosis.catalogue.kind import cause

_cause = partial(cause, "datagrams")

CAUSES = (
    _cause(
        "datagram-buffer-small",
        "the buffer of the read is smaller than the datagram, and the rest is thrown away",
        "Datagrams up to a certain size come back whole, larger ones cut to that size.",
        "Read with a buffer of 65,535 bytes: what does not fit into it is lost, and not kept for "
        "the next read.",
        python="Call recvfrom(65535): with datagrams the number is the most that one may have.",
        c="Give recvfrom() a buffer of 65,535 bytes.",
        go="Give ReadFrom() a slice of 65,535 bytes.",
        see={
            "message-size-limit": "what is too large is not answered at all",
            "datagram-cut-up": "the rest comes too, as a datagram of its own",
        },
    ),
    _cause(
        "datagrams-collected",
        "datagrams are collected as if they were a stream, and sent back together",
        "Two datagrams come back as one, or an answer begins with an earlier message.",
        "Answer each datagram by one of its own: send exactly what one read returned.",
        python="Call sendto(data, peer) once for each recvfrom(), and keep nothing.",
        see={"leftover-of-earlier": "what is left over goes to another client"},
    ),
    _cause(
        "datagram-cut-up",
        "an answer is sent in pieces, and each piece becomes a datagram of its own",
        "A large datagram comes back as several small ones.",
        "Send the whole datagram by one call: two calls make two datagrams.",
        see={"datagram-buffer-small": "the rest does not come at all"},
    ),
    _cause(
        "empty-datagram-ignored",
        "an empty datagram is taken for nothing, and not answered",
        "An empty datagram has no answer, all others have.",
        "Answer an empty datagram by an empty one: with datagrams, no bytes are a message too.",
        python="Leave out 'if not data: continue': recvfrom() returns b'' for an empty datagram. "
        "If there is none: asyncio's transport.sendto() sends none that is empty before Python "
        "3.13.",
        c="Go on with the answer when recvfrom() returns 0: only a negative number is an error.",
        see={"empty-datagram-is-end": "the server ends, or is silent from then on"},
    ),
    _cause(
        "empty-datagram-is-end",
        "an empty datagram is taken for the end of a connection, and the server stops",
        "After an empty datagram nobody is answered any more.",
        "Leave the loop for no datagram: an empty read ends a stream, and there is none here.",
        python="Leave out 'if not data: break': recvfrom() returns b'' for an empty datagram.",
        c="Stop when recvfrom() returns a negative number, not when it returns 0.",
        see={"empty-datagram-ignored": "only the empty one has no answer"},
    ),
    _cause(
        "answers-wrong-client",
        "the answer goes to another client than the one that has asked",
        "A client gets what another has sent, and has no answer to its own.",
        "Answer the address that came with the datagram, and keep no address for later.",
        python="Use the address that recvfrom() returned with this datagram in sendto().",
        c="Give sendto() the address that this recvfrom() has filled in.",
        node="Use rinfo of this message in send().",
        go="Give WriteTo() the address that this ReadFrom() returned.",
        see={"broadcast": "every client gets the answers of all"},
    ),
    _cause(
        "answers-own-address",
        "the answer goes to an address that the program makes up, and not to the one that has "
        "asked",
        "The server takes what comes, and nobody ever gets an answer.",
        "Answer the address that came with the datagram, its port included.",
        python="Write data, peer = sock.recvfrom(65535) and then sock.sendto(data, peer).",
        c="Give sendto() the address that this recvfrom() has filled in, as it is.",
        node="Write socket.send(message, rinfo.port, rinfo.address).",
        go="Give WriteTo() the address that this ReadFrom() returned.",
        see={
            "answers-wrong-client": "another client gets the answer",
            "send-without-address": "no address is given at all",
        },
    ),
    _cause(
        "send-without-address",
        "the answer is sent without an address, and a socket of datagrams does not know to whom",
        "The first datagram ends the server with 'Destination address required', or it has no "
        "answer.",
        "Read with a call that tells who has sent it, and give that address to the call that "
        "sends. If TCP is meant, make the socket with SOCK_STREAM, then listen() and accept().",
        python="Write data, peer = sock.recvfrom(65535) and then sock.sendto(data, peer): recv() "
        "and sendall() are for connections. If TCP is meant: SOCK_STREAM, listen(), accept().",
        c="Use recvfrom() and sendto() in place of recv() and send(), or read() and write().",
        go="Use ReadFrom() and WriteTo() in place of Read() and Write().",
        see={"answers-own-address": "an address is given, and it is the wrong one"},
    ),
    _cause(
        "connected-to-first-client",
        "the socket is connected to its first client, so the system drops what others send",
        "The first client is served, and for all others nobody is at that port.",
        "Leave the socket unconnected, and answer with the address that came with the datagram.",
        python="Use sendto(data, peer) in place of connect(peer) and send(data).",
        c="Use sendto() with the client's address in place of connect() and send().",
        see={"waits-for-one-client": "others are served when the first has gone"},
    ),
    _cause(
        "waits-for-one-client",
        "one client is waited for, and what others send meanwhile is lost or waits",
        "While one client is there others get no answer, or get it late.",
        "Take whatever datagram comes next, from whomever, and answer its sender.",
        see={
            "connected-to-first-client": "the system itself turns the others away",
            "child-takes-datagrams": "it is a child process that takes what others send",
        },
    ),
    _cause(
        "child-takes-datagrams",
        "a child process that was forked for one client stays, and takes the datagrams of others",
        "Now and then a datagram has no answer while an earlier client's child is still there.",
        "Let the child answer the one datagram that it was forked for, and end; or close the "
        "server's socket in it.",
        see={"waits-for-one-client": "there is no child: the server itself waits"},
    ),
    _cause(
        "answers-from-new-socket",
        "the answer is sent from another socket, and so from another port",
        "Answers come from a port that nobody has asked; a client that is connected drops them.",
        "Answer on the socket that the datagram came in on.",
        python="Call sendto() on the socket on which recvfrom() was called.",
        see={"answers-from-any-address": "the port is right, and the address is another"},
    ),
    _cause(
        "answers-from-any-address",
        "the socket is bound to every address, and the system chooses from which one it answers",
        "Whoever asks another address of the machine gets its answer from the first one.",
        "Bind one socket to each address, or send with the address that was asked (IP_PKTINFO).",
        c="Ask for IP_PKTINFO, read it with recvmsg(), and give it to sendmsg().",
        see={"answers-from-new-socket": "the port is another, too"},
    ),
    _cause(
        "refused-is-fatal",
        "the error that reports a client which has gone (ECONNREFUSED) ends the server",
        "When a client leaves before its answer comes, the server ends or falls silent.",
        "Go on after ECONNREFUSED: it is about a client that is gone, not about the socket.",
        python="Catch ConnectionRefusedError around recvfrom() and sendto(), and go on.",
        c="Go on with the loop when errno is ECONNREFUSED.",
        see={"client-error-ends-server": "a connection has failed, not a datagram"},
    ),
    _cause(
        "no-receive-loop",
        "only the first datagrams are answered, since the loop around the read ends",
        "The first client is answered, and later ones wait in vain.",
        "Read and answer in a loop without end.",
        python="Put recvfrom() and sendto() into 'while True:'.",
        see={"waits-for-one-client": "it is still served, while others are not"},
    ),
    _cause(
        "datagram-crash",
        "an exception that nobody catches ends the server at a datagram",
        "After a certain datagram the server is gone.",
        "Catch what can fail around one datagram, inside the loop, and go on with the next.",
        c="Check the length before it is used, and end the program for no datagram.",
        see={"refused-is-fatal": "it ends because a client has gone"},
    ),
)
