<?php
# Bug: the data is taken for a condition, and the string "0" is false in PHP: a read that is
#     just this one byte is thrown away.
# Cause: magic-byte
# Also: magic-word
# Profile: concurrent
# Port: $PORT

const MOST = 900;
$server = stream_socket_server('tcp://127.0.0.1:' . getenv('PORT'), $number, $text,
    STREAM_SERVER_BIND | STREAM_SERVER_LISTEN,
    stream_context_create(['socket' => ['backlog' => 256]]));
if ($server === false) {
    fwrite(STDERR, "cannot listen: $text\n");
    exit(1);
}
stream_set_blocking($server, false);
$clients = [];
$waiting = [];
$ended = [];
$rest = 0.0;

$bye = function (int $id) use (&$clients, &$waiting, &$ended): void {
    fclose($clients[$id]);
    unset($clients[$id], $waiting[$id], $ended[$id]);
};

while (true) {
    $resting = microtime(true) < $rest;
    $read = $write = [];
    $except = null;
    if (!$resting && count($clients) < MOST) {
        $read['door'] = $server;
    }
    foreach ($clients as $id => $client) {
        if ($waiting[$id] !== '') {
            $write[$id] = $client;
        } elseif (!$ended[$id]) {
            $read[$id] = $client;
        }
    }
    if ($read === [] && $write === []) {
        usleep(100000);
        continue;
    }
    $seconds = $resting ? 0 : null;
    if (stream_select($read, $write, $except, $seconds, $resting ? 100000 : null) === false) {
        continue;
    }
    foreach ($write as $id => $client) {
        $sent = @fwrite($client, $waiting[$id]);
        if ($sent === false) {
            $bye($id);
            continue;
        }
        $waiting[$id] = substr($waiting[$id], $sent);
    }
    foreach ($read as $id => $client) {
        if ($id === 'door') {
            $new = @stream_socket_accept($server, 0);
            if ($new === false) {
                $rest = microtime(true) + 0.05;
                continue;
            }
            stream_set_blocking($new, false);
            stream_set_read_buffer($new, 0);
            $id = (int) $new;
            $clients[$id] = $new;
            $waiting[$id] = '';
            $ended[$id] = false;
            continue;
        }
        $data = @fread($client, 8192);
        if ($data === false || ($data === '' && feof($client))) {
            $bye($id);
        } elseif ($data) {
            $waiting[$id] = $data;
        }
    }
}
