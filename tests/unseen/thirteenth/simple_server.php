<?php
// Bug: the loop takes what fread() returns for a condition, and in PHP the string "0" is false: a
//     message that is exactly the digit 0 ends the connection
// Cause: magic-word, magic-byte
// Profile: sequential
// Port: $PORT

$port = (int) getenv('PORT');
$context = stream_context_create(['socket' => ['backlog' => 128, 'so_reuseport' => false]]);
$server = stream_socket_server(
    "tcp://127.0.0.1:$port",
    $errno,
    $errstr,
    STREAM_SERVER_BIND | STREAM_SERVER_LISTEN,
    $context
);
if (!$server) {
    fwrite(STDERR, "cannot listen: $errstr ($errno)\n");
    exit(1);
}

function send_all($conn, string $data): bool
{
    while ($data !== '') {
        $written = @fwrite($conn, $data);
        if ($written === false || $written === 0) {
            return false;
        }
        $data = substr($data, $written);
    }
    return true;
}

while (true) {
    $conn = @stream_socket_accept($server, -1);
    if (!$conn) {
        usleep(50000);
        continue;
    }
    stream_set_timeout($conn, 365 * 24 * 3600);
    while ($data = @fread($conn, 8192)) {
        if (!send_all($conn, $data)) {
            break;
        }
    }
    fclose($conn);
}
