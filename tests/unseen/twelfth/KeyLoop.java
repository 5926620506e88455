/*
 * Bug: a client that resets is closed while its key is looked at, and the key, cancelled now, is
 *     asked whether it is writable: CancelledKeyException is no IOException, and ends the only thread.
 * Cause: crash-on-reset
 * Also: client-error-ends-server, crash
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;

public class KeyLoop {
    private final Selector selector;
    private final ServerSocketChannel server;

    public KeyLoop(int port) throws IOException {
        selector = Selector.open();
        server = ServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    public void loop() throws IOException {
        while (true) {
            selector.select();
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (!key.isValid()) {
                    continue;
                }
                if (key.isAcceptable()) {
                    accept();
                    continue;
                }
                if (key.isReadable()) {
                    if (read(key) < 0) {
                        continue;
                    }
                }
                if (key.isWritable()) {
                    write(key);
                }
            }
        }
    }

    private void accept() {
        try {
            SocketChannel channel = server.accept();
            if (channel != null) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(32768));
            }
        } catch (IOException e) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the number of bytes, or -1 when the connection is done. */
    private int read(SelectionKey key) {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        int count = 0;
        try {
            buffer.clear();
            count = ((SocketChannel) key.channel()).read(buffer);
            buffer.flip();
            if (count < 0) {
                close(key);
            } else {
                write(key);
            }
        } catch (IOException e) {
            close(key);
        }
        return count;
    }

    private void write(SelectionKey key) {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            ((SocketChannel) key.channel()).write(buffer);
            key.interestOps(
                    buffer.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        } catch (IOException e) {
            close(key);
        }
    }

    private void close(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException e) {
            // It is closed as far as we are concerned.
        }
    }

    public static void main(String[] args) throws IOException {
        new KeyLoop(Integer.parseInt(System.getenv("PORT"))).loop();
    }
}
