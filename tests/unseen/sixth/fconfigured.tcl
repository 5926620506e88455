#!/usr/bin/env tclsh
# Bug: the channel gets an encoding of plain bytes but keeps its translation of line ends: CR and
#     CR LF become LF when read, and LF becomes CR LF when written.
# Cause: newline-translated
# Profile: concurrent
# Port: $PORT

proc admit {chan host port} {
    fconfigure $chan -blocking 0 -buffering none -encoding iso8859-1
    fileevent $chan readable [list inbound $chan]
}

proc dismiss {chan} {
    catch {close $chan}
}

proc inbound {chan} {
    if {[catch {pass $chan}]} {
        dismiss $chan
    } elseif {[eof $chan]} {
        dismiss $chan
    } elseif {[chan pending output $chan] > 0} {
        fileevent $chan readable {}
        fileevent $chan writable [list emptied $chan]
    }
}

proc pass {chan} {
    puts -nonewline $chan [read $chan 16384]
    flush $chan
}

proc emptied {chan} {
    if {[catch {flush $chan}]} {
        dismiss $chan
    } elseif {[chan pending output $chan] == 0} {
        fileevent $chan writable {}
        fileevent $chan readable [list inbound $chan]
    }
}

proc bgerror {message} {
    puts stderr $message
}

socket -server admit -myaddr 127.0.0.1 $env(PORT)
vwait forever
