/*
 * Style: one thread accepts, two reactors with a Selector each serve; direct buffers are borrowed
 *     from a cache of at most 512 when something comes, and given back when all of it has gone
 *     out.
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
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;

public class Reactors {
    private static final Queue<ByteBuffer> CACHE = new ArrayBlockingQueue<>(512);

    private static ByteBuffer borrow() {
        ByteBuffer buffer = CACHE.poll();
        return buffer != null ? buffer.clear() : ByteBuffer.allocateDirect(24 << 10);
    }

    private static final class Reactor extends Thread {
        final Selector selector = Selector.open();
        final Queue<SocketChannel> fresh = new ConcurrentLinkedQueue<>();

        Reactor() throws IOException {}

        void take(SocketChannel channel) {
            fresh.add(channel);
            selector.wakeup();
        }

        @Override
        public void run() {
            while (true) {
                try {
                    selector.select();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                for (SocketChannel channel; (channel = fresh.poll()) != null; ) {
                    try {
                        channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                    } catch (IOException e) {
                        shut(channel);
                    }
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    try {
                        serve(key);
                    } catch (IOException e) {
                        release(key);
                        shut((SocketChannel) key.channel());
                    }
                }
                selector.selectedKeys().clear();
            }
        }

        private static void serve(SelectionKey key) throws IOException {
            var channel = (SocketChannel) key.channel();
            if (key.attachment() == null) {
                ByteBuffer buffer = borrow();
                key.attach(buffer);
                int count = channel.read(buffer);
                if (count < 0) {
                    release(key);
                    channel.close();
                    return;
                }
                buffer.flip();
            }
            var buffer = (ByteBuffer) key.attachment();
            channel.write(buffer);
            if (buffer.hasRemaining()) {
                key.interestOps(SelectionKey.OP_WRITE);
            } else {
                release(key);
                key.interestOps(SelectionKey.OP_READ);
            }
        }

        private static void release(SelectionKey key) {
            if (key.attachment() instanceof ByteBuffer buffer) {
                CACHE.offer(buffer);
            }
            key.attach(null);
        }

        private static void shut(SocketChannel channel) {
            try {
                channel.close();
            } catch (IOException e) {
                System.err.println("close: " + e);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Reactor[] reactors = {new Reactor(), new Reactor()};
        for (Reactor reactor : reactors) {
            reactor.start();
        }
        var server = ServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 256);
        for (int turn = 0; ; turn = (turn + 1) % reactors.length) {
            try {
                reactors[turn].take(server.accept());
            } catch (IOException e) {
                System.err.println("java.io.IOException: " + e.getMessage());
                Thread.sleep(100);
            }
        }
    }
}
