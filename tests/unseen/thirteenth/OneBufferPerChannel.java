/*
 * Bug: clear() where compact() is meant: what the write did not take is thrown away.
 * Cause: short-send-ignored
 * Also: would-block-dropped, buffer-overwritten
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

public final class OneBufferPerChannel {
    private static final int PORT = Integer.parseInt(System.getenv("PORT"));

    private static final class Peer {
        final ByteBuffer buffer = ByteBuffer.allocate(24_000);
        boolean ended;
    }

    public static void main(String[] args) throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel door = ServerSocketChannel.open();
        door.bind(new InetSocketAddress("127.0.0.1", PORT), 256);
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(key -> {
                if (key.isValid() && key.isAcceptable()) {
                    accept(door, selector);
                } else if (key.isValid()) {
                    serve(key);
                }
            });
        }
    }

    private static void accept(ServerSocketChannel door, Selector selector) {
        try {
            SocketChannel channel = door.accept();
            if (channel != null) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Peer());
            }
        } catch (IOException full) {
            sleep(50);
        }
    }

    private static void serve(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isReadable() && channel.read(peer.buffer) < 0) {
                peer.ended = true;
            }
            peer.buffer.flip();
            channel.write(peer.buffer);
            peer.buffer.clear();
            boolean waits = peer.buffer.position() > 0;
            if (peer.ended && !waits) {
                channel.close();
                return;
            }
            boolean reads = !peer.ended && peer.buffer.hasRemaining();
            key.interestOps(
                    (reads ? SelectionKey.OP_READ : 0) | (waits ? SelectionKey.OP_WRITE : 0));
        } catch (IOException gone) {
            close(channel);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException ignored) {
            System.err.println("close: " + ignored.getMessage());
        }
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
