/*
 * Bug: what a write() could not take stays in the list of the connection, and OP_WRITE is never
 *     asked for, so it goes out only when the client sends something again.
 * Cause: writable-not-watched
 * Caught by: partial-send/stalled-reader
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Iterator;

public class ReadInterestOnly {
    private static final int LIMIT = 4 << 20;

    private static final class Peer {
        final ArrayDeque<ByteBuffer> pending = new ArrayDeque<>();
        int waiting = 0;

        void flush(SocketChannel channel) throws IOException {
            while (!pending.isEmpty()) {
                ByteBuffer first = pending.peek();
                waiting -= channel.write(first);
                if (first.hasRemaining()) {
                    return;
                }
                pending.remove();
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 100);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select();
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (key.isAcceptable()) {
                    accept(server, selector);
                } else {
                    read(key);
                }
            }
        }
    }

    private static void accept(ServerSocketChannel server, Selector selector) throws Exception {
        try {
            SocketChannel channel = server.accept();
            if (channel != null) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Peer());
            }
        } catch (IOException e) {
            Thread.sleep(100);
        }
    }

    private static void read(SelectionKey key) throws InterruptedException {
        SocketChannel channel = (SocketChannel) key.channel();
        Peer peer = (Peer) key.attachment();
        try {
            int count = 0;
            if (peer.waiting < LIMIT) {
                ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
                count = channel.read(buffer);
                if (count > 0) {
                    peer.pending.add(buffer.flip());
                    peer.waiting += count;
                }
            } else {
                Thread.sleep(1);
            }
            peer.flush(channel);
            // At the end nothing comes any more that could remind us of the rest.
            while (count < 0 && peer.waiting > 0) {
                Thread.sleep(1);
                peer.flush(channel);
            }
            if (count < 0) {
                channel.close();
            }
        } catch (IOException e) {
            try {
                channel.close();
            } catch (IOException ignored) {
                System.err.println(ignored);
            }
        }
    }
}
