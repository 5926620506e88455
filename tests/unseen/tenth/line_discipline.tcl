# Bug: the channel's encoding is set to binary, but not its translation; so the ends of lines are
#     still changed in both directions.
# Cause: newline-translated
# Profile: concurrent
# Port: $PORT

namespace eval echo {
    variable limit 65536
}

proc echo::connected {chan host port} {
    fconfigure $chan -blocking 0 -buffering none -encoding binary
    fileevent $chan readable [list echo::readable $chan]
}

proc echo::readable {chan} {
    variable limit
    if {[catch {read $chan $limit} data] || [catch {puts -nonewline $chan $data}]} {
        hangup $chan
        return
    }
    if {[eof $chan]} {
        fileevent $chan readable {}
        drain $chan [list echo::hangup $chan]
    } elseif {[chan pending output $chan] > 0} {
        fileevent $chan readable {}
        drain $chan [list fileevent $chan readable [list echo::readable $chan]]
    }
}

# Runs the script when all that waits has been sent.
proc echo::drain {chan script} {
    if {[catch {flush $chan}]} {
        hangup $chan
    } elseif {[chan pending output $chan] > 0} {
        fileevent $chan writable [list echo::drain $chan $script]
    } else {
        fileevent $chan writable {}
        {*}$script
    }
}

proc echo::hangup {chan} {
    catch {
        fileevent $chan readable {}
        fileevent $chan writable {}
        close $chan
    }
}

proc bgerror {message} {}

socket -server echo::connected -myaddr 127.0.0.1 $env(PORT)
vwait forever
