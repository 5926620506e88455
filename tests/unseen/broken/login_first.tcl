# Bug: the first message is taken for the name of the user; only what comes after it is sent back.
# Cause: first-read-lost
# Caught by: identity/hello
# Profile: concurrent
# Port: 28001

proc joined {channel address port} {
    fconfigure $channel -blocking 0 -translation binary -buffering none
    fileevent $channel readable [list login $channel]
}

proc login {channel} {
    if {[catch {read $channel 4096} name] || $name eq ""} {
        catch {close $channel}
        return
    }
    puts "user: [string length $name] characters"
    fileevent $channel readable {}
    fcopy $channel $channel -command [list left $channel]
}

proc left {channel bytes {error ""}} {
    catch {close $channel}
}

socket -server joined -myaddr 127.0.0.1 28001
vwait forever
