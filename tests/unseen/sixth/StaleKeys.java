/*
 * Bug: handled keys are not taken out of the selected set, so select() counts no change when they
 *     are ready again; at 0 the loop begins anew, and turns without serving anybody.
 * Cause: none-of-these
 * Also: spins-idle
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

public class StaleKeys {
    private final Selector selector;
    private final ServerSocketChannel acceptor;

    StaleKeys(int port) throws IOException {
        selector = Selector.open();
        acceptor = ServerSocketChannel.open();
        acceptor.bind(new InetSocketAddress("127.0.0.1", port), 128);
        acceptor.configureBlocking(false);
        acceptor.register(selector, SelectionKey.OP_ACCEPT);
    }

    void loop() throws IOException {
        while (true) {
            if (selector.select() == 0) {
                continue;
            }
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                try {
                    dispatch(key);
                } catch (IOException gone) {
                    close(key);
                }
            }
        }
    }

    private void dispatch(SelectionKey key) throws IOException {
        if (!key.isValid()) {
            return;
        }
        if (key.isAcceptable()) {
            accept();
        } else {
            if (key.isReadable()) {
                read(key);
            }
            if (key.isValid() && key.isWritable()) {
                write(key);
            }
        }
    }

    private void accept() {
        try {
            SocketChannel channel = acceptor.accept();
            if (channel != null) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(8192));
            }
        } catch (IOException full) {
            pause();
        }
    }

    private void read(SelectionKey key) throws IOException {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        if (((SocketChannel) key.channel()).read(buffer) < 0) {
            close(key);
        } else if (buffer.position() > 0) {
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private void write(SelectionKey key) throws IOException {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        buffer.flip();
        ((SocketChannel) key.channel()).write(buffer);
        buffer.compact();
        if (buffer.position() == 0) {
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void close(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException ignored) {
            System.err.println("could not close");
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] args) throws IOException {
        new StaleKeys(Integer.parseInt(System.getenv("PORT"))).loop();
    }
}
