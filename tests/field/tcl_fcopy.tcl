# Echo with Tcl's event loop: the channel copied to itself in the background.
proc done {channel bytes {error ""}} {
    close $channel
}
proc echo {channel host port} {
    fconfigure $channel -blocking 0 -translation binary -buffering none
    fcopy $channel $channel -command [list done $channel]
}
lassign $argv host port
socket -server echo -myaddr $host $port
vwait forever
