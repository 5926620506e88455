# Bug: puts is called without -nonewline, so a line end is added to each answer
# Cause: prefix-or-suffix
# Profile: concurrent
# Port: $PORT

set limit 65536

proc accepted {chan addr port} {
    fconfigure $chan -blocking 0 -buffering none -translation binary
    fileevent $chan readable [list receive $chan]
}

proc receive {chan} {
    if {[catch {read $chan 16384} data]} {
        finish $chan
        return
    }
    if {[string length $data] > 0} {
        if {[catch {puts $chan $data}]} {
            finish $chan
            return
        }
        throttle $chan
    }
    if {[eof $chan]} {
        finish $chan
    }
}

# Wait with reading while much is still to be written.
proc throttle {chan} {
    global limit
    if {[chan pending output $chan] > $limit} {
        fileevent $chan readable {}
        fileevent $chan writable [list resume $chan]
    }
}

proc resume {chan} {
    global limit
    if {[catch {flush $chan}]} {
        finish $chan
        return
    }
    if {[chan pending output $chan] <= $limit} {
        fileevent $chan writable {}
        fileevent $chan readable [list receive $chan]
    }
}

# In the background close goes on with what is still to be written.
proc finish {chan} {
    catch {fileevent $chan readable {}}
    catch {fileevent $chan writable {}}
    catch {close $chan}
}

proc bgerror {message} {
    puts stdout "error: $message"
}

socket -server accepted -myaddr 127.0.0.1 $env(PORT)
vwait forever
