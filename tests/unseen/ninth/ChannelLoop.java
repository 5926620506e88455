/*
 * Bug: after the read handler has closed the channel of a client that has left, the loop goes on
 *     to ask the cancelled key whether it is writable, and the CancelledKeyException ends the
 *     server.
 * Cause: crash, client-error-ends-server
 * Also: crash-on-reset
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;

public class ChannelLoop {
    private final Selector selector;
    private final ServerSocketChannel acceptor;

    ChannelLoop(int port) throws IOException {
        selector = Selector.open();
        acceptor = ServerSocketChannel.open();
        acceptor.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        acceptor.bind(new InetSocketAddress("127.0.0.1", port), 1024);
        acceptor.configureBlocking(false);
        acceptor.register(selector, SelectionKey.OP_ACCEPT);
    }

    void run() throws IOException {
        while (true) {
            selector.select();
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (key.isAcceptable()) {
                    accept();
                    continue;
                }
                if (key.isReadable()) {
                    onReadable(key);
                }
                if (key.isWritable()) {
                    onWritable(key);
                }
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
        } catch (IOException e) {
            pause();
        }
    }

    private void onReadable(SelectionKey key) {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            int n = ((SocketChannel) key.channel()).read(buffer);
            if (n < 0) {
                close(key);
                return;
            }
            buffer.flip();
            key.interestOps(SelectionKey.OP_WRITE);
        } catch (IOException e) {
            close(key);
        }
    }

    private void onWritable(SelectionKey key) {
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            ((SocketChannel) key.channel()).write(buffer);
            if (!buffer.hasRemaining()) {
                buffer.clear();
                key.interestOps(SelectionKey.OP_READ);
            }
        } catch (IOException e) {
            close(key);
        }
    }

    private void close(SelectionKey key) {
        key.cancel();
        try {
            key.channel().close();
        } catch (IOException e) {
            // it is gone in any case
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void main(String[] args) throws IOException {
        new ChannelLoop(Integer.parseInt(System.getenv("PORT"))).run();
    }
}
