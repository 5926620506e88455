<?php
// Bug: SO_REUSEADDR is not set before socket_bind(): after a stop with clients connected the port
//     cannot be bound for a minute
// Cause: restart-fails
// Profile: concurrent
// Port: $PORT

declare(strict_types=1);

final class Client
{
    public string $outbox = '';
    public bool $ended = false;

    public function __construct(public readonly Socket $socket)
    {
        socket_set_nonblock($socket);
    }
}

final class SelectServer
{
    private const LIMIT = 262144;

    private Socket $listener;
    /** @var array<int, Client> */
    private array $clients = [];

    public function __construct(string $host, int $port)
    {
        $this->listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
        if (!@socket_bind($this->listener, $host, $port)) {
            fwrite(STDERR, 'bind: ' . socket_strerror(socket_last_error()) . PHP_EOL);
            exit(1);
        }
        socket_listen($this->listener, 256);
        socket_set_nonblock($this->listener);
    }

    public function run(): void
    {
        while (true) {
            $read = [-1 => $this->listener];
            $write = [];
            foreach ($this->clients as $id => $client) {
                if (!$client->ended && strlen($client->outbox) < self::LIMIT) {
                    $read[$id] = $client->socket;
                }
                if ($client->outbox !== '') {
                    $write[$id] = $client->socket;
                }
            }
            $except = null;
            if (@socket_select($read, $write, $except, null) === false) {
                usleep(1000);
                continue;
            }
            foreach ($read as $id => $socket) {
                $id === -1 ? $this->accept() : $this->receive($id);
            }
            foreach ($write as $id => $socket) {
                if (isset($this->clients[$id])) {
                    $this->flush($id);
                }
            }
        }
    }

    private function accept(): void
    {
        $socket = @socket_accept($this->listener);
        if ($socket === false) {
            usleep(10000);
            return;
        }
        $this->clients[spl_object_id($socket)] = new Client($socket);
    }

    private function receive(int $id): void
    {
        $client = $this->clients[$id];
        $n = @socket_recv($client->socket, $data, 16384, 0);
        if ($n === false) {
            $error = socket_last_error($client->socket);
            if ($error !== SOCKET_EAGAIN && $error !== SOCKET_EINTR) {
                $this->drop($id);
            }
            return;
        }
        if ($n === 0) {
            $client->ended = true;
        } else {
            $client->outbox .= $data;
        }
        $this->flush($id);
    }

    private function flush(int $id): void
    {
        $client = $this->clients[$id];
        if ($client->outbox !== '') {
            $n = @socket_write($client->socket, $client->outbox);
            if ($n === false) {
                $error = socket_last_error($client->socket);
                if ($error !== SOCKET_EAGAIN && $error !== SOCKET_EINTR) {
                    $this->drop($id);
                }
                return;
            }
            $client->outbox = substr($client->outbox, $n);
        }
        if ($client->ended && $client->outbox === '') {
            $this->drop($id);
        }
    }

    private function drop(int $id): void
    {
        socket_close($this->clients[$id]->socket);
        unset($this->clients[$id]);
    }
}

(new SelectServer('127.0.0.1', (int) getenv('PORT')))->run();
