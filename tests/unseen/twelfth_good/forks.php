<?php
# Style: pcntl_fork for each client, waited for in an asynchronous signal handler; the sockets
#     extension, with socket_recv and socket_send until all is out.
# Profile: concurrent
# Port: 29503

pcntl_async_signals(true);
pcntl_signal(SIGPIPE, SIG_IGN);
pcntl_signal(SIGCHLD, function (): void {
    while (pcntl_waitpid(-1, $status, WNOHANG) > 0) {
    }
});

function serve(Socket $client): void
{
    while (($count = @socket_recv($client, $data, 12345, 0)) > 0) {
        while ($data !== '') {
            $sent = @socket_send($client, $data, strlen($data), MSG_NOSIGNAL);
            if ($sent === false) {
                return;
            }
            $data = substr($data, $sent);
        }
    }
}

$server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($server, SOL_SOCKET, SO_REUSEADDR, 1);
if (!socket_bind($server, '127.0.0.1', 29503) || !socket_listen($server, 128)) {
    exit(1);
}
while (true) {
    $client = @socket_accept($server);
    if ($client === false) {
        if (socket_last_error($server) !== SOCKET_EINTR) {
            usleep(100000);
        }
        continue;
    }
    $child = pcntl_fork();
    if ($child === 0) {
        pcntl_signal(SIGCHLD, SIG_DFL);
        socket_close($server);
        serve($client);
        exit(0);
    }
    socket_close($client);
}
