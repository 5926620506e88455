# Style: non-blocking channels with fileevent; reading stops while writing cannot
# Profile: concurrent
# Port: 28201

proc accepted {channel address port} {
    fconfigure $channel -blocking 0 -translation binary -buffering full -buffersize 10000
    fileevent $channel readable [list input $channel]
}

proc input {channel} {
    if {[catch {read $channel 10000} data]} {
        catch {close $channel}
        return
    }
    if {[catch {puts -nonewline $channel $data; flush $channel}]} {
        catch {close $channel}
        return
    }
    if {[eof $channel]} {
        # close flushes in the background what is left
        catch {close $channel}
    } elseif {[catch {pending $channel}]} {
        catch {close $channel}
    }
}

proc pending {channel} {
    if {[chan pending output $channel] > 0} {
        fileevent $channel readable {}
        fileevent $channel writable [list resume $channel]
    }
}

proc resume {channel} {
    if {[catch {flush $channel}]} {
        catch {close $channel}
        return
    }
    if {[chan pending output $channel] == 0} {
        fileevent $channel writable {}
        fileevent $channel readable [list input $channel]
    }
}

proc bgerror {message} {
    puts stderr "background error: $message"
}

socket -server accepted -myaddr 127.0.0.1 28201
vwait forever
