/*
 * Bug: what a write() could not take stays in the buffer of the connection, and OP_WRITE is never
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
import java.util.Iterator;

public class ReadInterestOnly {
    private static final int CAPACITY = 1 << 20;

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
                channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(CAPACITY));
            }
        } catch (IOException e) {
            Thread.sleep(100);
        }
    }

    private static void read(SelectionKey key) throws InterruptedException {
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            int count = channel.read(buffer);
            buffer.flip();
            do {
                channel.write(buffer);
                // At the end nothing comes any more that could remind us of the rest.
            } while (count < 0 && buffer.hasRemaining() && pause());
            buffer.compact();
            if (count < 0) {
                channel.close();
            } else if (!buffer.hasRemaining()) {
                Thread.sleep(1);
            }
        } catch (IOException e) {
            try {
                channel.close();
            } catch (IOException ignored) {
                System.err.println(ignored);
            }
        }
    }

    private static boolean pause() throws InterruptedException {
        Thread.sleep(1);
        return true;
    }
}
