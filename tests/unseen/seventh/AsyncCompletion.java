/*
 * Bug: the completion handler of a write reads on without a look at what the buffer still holds; a
 *     write of an asynchronous channel may take only a part, and the rest is lost.
 * Cause: short-send-ignored
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;

public class AsyncCompletion {

    private static final class Conversation {
        private final AsynchronousSocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(120_000);

        private final CompletionHandler<Integer, Void> onRead = new CompletionHandler<>() {
            @Override
            public void completed(Integer count, Void nothing) {
                if (count < 0) {
                    close();
                    return;
                }
                buffer.flip();
                channel.write(buffer, null, onWritten);
            }

            @Override
            public void failed(Throwable why, Void nothing) {
                close();
            }
        };

        private final CompletionHandler<Integer, Void> onWritten = new CompletionHandler<>() {
            @Override
            public void completed(Integer count, Void nothing) {
                read();
            }

            @Override
            public void failed(Throwable why, Void nothing) {
                close();
            }
        };

        Conversation(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        void read() {
            buffer.clear();
            channel.read(buffer, null, onRead);
        }

        void close() {
            try {
                channel.close();
            } catch (IOException e) {
                System.err.println(e);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        server.bind(new InetSocketAddress("127.0.0.1", port), 100);
        while (true) {
            try {
                new Conversation(server.accept().get()).read();
            } catch (java.util.concurrent.ExecutionException e) {
                Thread.sleep(100);
            }
        }
    }
}
