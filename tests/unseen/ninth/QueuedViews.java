/*
 * Bug: what a client does not take at once is queued as duplicates of the one scratch buffer,
 *     which share its bytes; the next read, of this client or another, overwrites them.
 * Cause: buffer-overwritten, shared-buffer
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.ArrayDeque;
import java.util.Deque;

public final class QueuedViews {
    private static final int HIGH_WATER = 8;

    private final ByteBuffer scratch = ByteBuffer.allocateDirect(16 * 1024);
    private final Selector selector = Selector.open();

    private QueuedViews() throws IOException {}

    /** One client, and what it has not taken yet. */
    private final class Client {
        final SocketChannel channel;
        final Deque<ByteBuffer> backlog = new ArrayDeque<>();
        boolean inputEnded;

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        void read() throws IOException {
            scratch.clear();
            int n = channel.read(scratch);
            if (n < 0) {
                inputEnded = true;
                return;
            }
            scratch.flip();
            if (backlog.isEmpty()) {
                channel.write(scratch);
            }
            if (scratch.hasRemaining()) {
                backlog.addLast(scratch.duplicate());
            }
        }

        void write() throws IOException {
            while (!backlog.isEmpty()) {
                ByteBuffer head = backlog.peekFirst();
                channel.write(head);
                if (head.hasRemaining()) {
                    return;
                }
                backlog.removeFirst();
            }
        }

        int interest() {
            int ops = backlog.isEmpty() ? 0 : SelectionKey.OP_WRITE;
            if (!inputEnded && backlog.size() < HIGH_WATER) {
                ops |= SelectionKey.OP_READ;
            }
            return ops;
        }
    }

    private void handle(SelectionKey key) {
        Client client = (Client) key.attachment();
        try {
            if (key.isWritable()) {
                client.write();
            }
            if (key.isReadable()) {
                client.read();
            }
            if (client.inputEnded && client.backlog.isEmpty()) {
                client.channel.close();
            } else {
                key.interestOps(client.interest());
            }
        } catch (IOException e) {
            try {
                client.channel.close();
            } catch (IOException ignored) {
                // already gone
            }
        }
    }

    private void accept(ServerSocketChannel server) {
        try {
            SocketChannel channel = server.accept();
            if (channel == null) {
                return;
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Client(channel));
        } catch (IOException e) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        QueuedViews loop = new QueuedViews();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        server.configureBlocking(false);
        server.register(loop.selector, SelectionKey.OP_ACCEPT);
        while (true) {
            loop.selector.select(key -> {
                if (key.isAcceptable()) {
                    loop.accept(server);
                } else {
                    loop.handle(key);
                }
            });
        }
    }
}
