/* Bug: whether reading may begin again is decided before the waiting data is written, by the
 *     amount that waited until then; when one write takes all of it there is no later event, and
 *     reading stays off.
 * Cause: never-resumes
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
import java.util.ArrayDeque;
import java.util.Iterator;

public class WaterMarks {
    private static final int HIGH = 128 * 1024;
    private static final int LOW = 32 * 1024;

    private final ByteBuffer input = ByteBuffer.allocateDirect(16 * 1024);

    private final class Peer {
        final SocketChannel channel;
        final SelectionKey key;
        final ArrayDeque<ByteBuffer> queue = new ArrayDeque<>();
        int queued;
        boolean ended;

        Peer(SocketChannel channel, Selector selector) throws IOException {
            this.channel = channel;
            this.key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void ready() throws IOException {
            if (key.isReadable()) {
                read();
            }
            if (key.isWritable()) {
                if (queued < LOW && !ended) {
                    enable(SelectionKey.OP_READ);
                }
                write();
            }
            if (ended && queued == 0) {
                channel.close();
            }
        }

        private void read() throws IOException {
            input.clear();
            int count = channel.read(input);
            if (count < 0) {
                ended = true;
                disable(SelectionKey.OP_READ);
                return;
            }
            input.flip();
            if (queued == 0) {
                channel.write(input);
            }
            if (input.hasRemaining()) {
                ByteBuffer rest = ByteBuffer.allocate(input.remaining());
                rest.put(input).flip();
                queue.add(rest);
                queued += rest.remaining();
                enable(SelectionKey.OP_WRITE);
                if (queued >= HIGH) {
                    disable(SelectionKey.OP_READ);
                }
            }
        }

        private void write() throws IOException {
            while (!queue.isEmpty()) {
                ByteBuffer first = queue.peek();
                queued -= channel.write(first);
                if (first.hasRemaining()) {
                    return;
                }
                queue.remove();
            }
            disable(SelectionKey.OP_WRITE);
        }

        private void enable(int operation) {
            key.interestOps(key.interestOps() | operation);
        }

        private void disable(int operation) {
            key.interestOps(key.interestOps() & ~operation);
        }
    }

    private void run(int port) throws IOException, InterruptedException {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
        server.configureBlocking(false);
        SelectionKey accepting = server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select();
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (key == accepting) {
                    accept(server, selector);
                    continue;
                }
                try {
                    ((Peer) key.attachment()).ready();
                } catch (IOException broken) {
                    key.channel().close();
                }
            }
        }
    }

    private void accept(ServerSocketChannel server, Selector selector) throws InterruptedException {
        try {
            SocketChannel channel = server.accept();
            if (channel != null) {
                channel.configureBlocking(false);
                new Peer(channel, selector);
            }
        } catch (IOException full) {
            Thread.sleep(20);
        }
    }

    public static void main(String[] args) throws Exception {
        new WaterMarks().run(Integer.parseInt(System.getenv("PORT")));
    }
}
