#!/usr/bin/env tclsh
# Bug: when the background copy of a connection ends by an error, the callback reports it and
#     returns before close: the socket of each client that breaks off stays open for ever.
# Cause: descriptor-leak
# Profile: concurrent
# Port: $PORT

proc log {text} {
    puts stderr "[clock format [clock seconds] -format %T] $text"
}

proc greet {chan host port} {
    chan configure $chan -blocking 0 -buffering none -translation binary
    chan copy $chan $chan -command [list finished $chan $host:$port]
}

# chan copy calls us with the number of bytes, and with a message if something went wrong.
proc finished {chan peer bytes {problem ""}} {
    if {$problem ne ""} {
        log "$peer: $problem"
        return
    }
    log "$peer: $bytes bytes"
    close $chan
}

socket -server greet -myaddr 127.0.0.1 $env(PORT)
vwait forever
