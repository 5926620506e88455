# Bug: a prompt is written before each read, so each answer is followed by "> ".
# Cause: prefix-or-suffix
# Also: banner
# Caught by: identity/nothing-extra
# Profile: concurrent
# Port: $PORT

proc accept {channel address port} {
    fconfigure $channel -blocking 0 -translation binary -buffering none
    fileevent $channel readable [list answer $channel]
    puts -nonewline $channel "> "
}

proc answer {channel} {
    if {[catch {read $channel 8192} data] || ($data eq "" && [eof $channel])} {
        fconfigure $channel -blocking 1
        catch {close $channel}
        return
    }
    if {[catch {puts -nonewline $channel $data; puts -nonewline $channel "> "}]} {
        catch {close $channel}
    }
}

socket -server accept -myaddr 127.0.0.1 $env(PORT)
vwait forever
