/* Bug: a connection that ends with an error is only taken out of the selector, by cancelling its
 *     key; its channel is not closed, so each client that resets leaves a descriptor behind.
 * Cause: descriptor-leak
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
import java.util.HashSet;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

public final class KeyRegistry {
    private static final Logger LOG = Logger.getLogger(KeyRegistry.class.getName());

    private final Selector selector;
    private final ServerSocketChannel listener;
    private final Set<SelectionKey> active = new HashSet<>();

    KeyRegistry(InetSocketAddress address) throws IOException {
        selector = Selector.open();
        listener = ServerSocketChannel.open();
        listener.socket().setReuseAddress(true);
        listener.socket().bind(address, 1000);
        listener.configureBlocking(false);
        listener.register(selector, SelectionKey.OP_ACCEPT);
    }

    void loop() throws IOException {
        for (;;) {
            selector.select(this::dispatch);
        }
    }

    private void dispatch(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
            return;
        }
        try {
            echo(key);
        } catch (IOException e) {
            LOG.log(Level.FINE, "connection lost", e);
            unregister(key);
        }
    }

    private void accept() {
        try {
            SocketChannel peer = listener.accept();
            if (peer == null) {
                return;
            }
            peer.configureBlocking(false);
            active.add(peer.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(24_000)));
        } catch (IOException e) {
            LOG.log(Level.FINE, "accept", e);
            pause();
        }
    }

    /* The buffer is in reading mode while OP_WRITE is set, and empty while OP_READ is. */
    private void echo(SelectionKey key) throws IOException {
        SocketChannel peer = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        if (key.isReadable()) {
            if (peer.read(buffer) < 0) {
                unregister(key);
                peer.close();
                return;
            }
            buffer.flip();
        }
        peer.write(buffer);
        if (buffer.hasRemaining()) {
            key.interestOps(SelectionKey.OP_WRITE);
        } else {
            buffer.clear();
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void unregister(SelectionKey key) {
        active.remove(key);
        key.cancel();
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        new KeyRegistry(new InetSocketAddress("127.0.0.1", port)).loop();
    }
}
