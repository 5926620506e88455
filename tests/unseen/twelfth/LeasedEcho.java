/*
 * Bug: when a connection fails its buffer is released twice, in the catch block and in the finally
 *     block. It is in the pool twice then, and two later connections get the same buffer.
 * Cause: shared-buffer
 * Also: buffer-overwritten
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

public final class LeasedEcho {
    private static final Logger LOG = Logger.getLogger(LeasedEcho.class.getName());

    /** Buffers that nobody uses now; at most {@code limit} of them are kept. */
    static final class BufferPool {
        private final ConcurrentLinkedQueue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
        private final AtomicInteger size = new AtomicInteger();
        private final int bufferSize;
        private final int limit;

        BufferPool(int bufferSize, int limit) {
            this.bufferSize = bufferSize;
            this.limit = limit;
        }

        ByteBuffer acquire() {
            ByteBuffer buffer = free.poll();
            if (buffer == null) {
                return ByteBuffer.allocateDirect(bufferSize);
            }
            size.decrementAndGet();
            return buffer;
        }

        void release(ByteBuffer buffer) {
            if (size.incrementAndGet() <= limit) {
                free.offer(buffer);
            } else {
                size.decrementAndGet();
            }
        }
    }

    private final BufferPool pool = new BufferPool(32 * 1024, 256);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private void handle(SocketChannel channel) {
        ByteBuffer buffer = pool.acquire();
        try {
            buffer.clear();
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                buffer.clear();
            }
        } catch (IOException e) {
            LOG.log(Level.FINE, "connection failed", e);
            pool.release(buffer);
        } finally {
            pool.release(buffer);
            try {
                channel.close();
            } catch (IOException ignored) {
                // Nothing can be done.
            }
        }
    }

    private void run(int port) throws IOException, InterruptedException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 512);
            while (!Thread.interrupted()) {
                SocketChannel channel;
                try {
                    channel = listener.accept();
                } catch (IOException e) {
                    LOG.log(Level.FINE, "accept", e);
                    Thread.sleep(50);
                    continue;
                }
                threads.execute(() -> handle(channel));
            }
        }
    }

    public static void main(String[] args) throws Exception {
        new LeasedEcho().run(Integer.parseInt(System.getenv("PORT")));
    }
}
