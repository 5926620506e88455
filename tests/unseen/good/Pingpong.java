/*
 * Style: the handlers of reading and writing call one another without end, which looks like a
 *     recursion; but each call only begins an operation, and the library limits how deep it nests.
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

public class Pingpong {
    private final AsynchronousSocketChannel channel;
    private final ByteBuffer ball = ByteBuffer.allocateDirect(3333);

    private Pingpong(AsynchronousSocketChannel channel) {
        this.channel = channel;
    }

    private void read() {
        channel.read(ball.clear(), null, then(n -> {
            if (n < 0) {
                close();
            } else {
                ball.flip();
                write();
            }
        }));
    }

    private void write() {
        channel.write(ball, null, then(n -> {
            if (ball.hasRemaining()) {
                write();
            } else {
                read();
            }
        }));
    }

    private CompletionHandler<Integer, Void> then(IntConsumer next) {
        return new CompletionHandler<>() {
            @Override
            public void completed(Integer n, Void nothing) {
                next.accept(n);
            }

            @Override
            public void failed(Throwable e, Void nothing) {
                close();
            }
        };
    }

    private void close() {
        try {
            channel.close();
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private static void accept(AsynchronousServerSocketChannel server) {
        server.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel channel, Void nothing) {
                accept(server);
                new Pingpong(channel).read();
            }

            @Override
            public void failed(Throwable e, Void nothing) {
                CompletableFuture.delayedExecutor(100, TimeUnit.MILLISECONDS)
                        .execute(() -> accept(server));
            }
        });
    }

    public static void main(String[] args) throws Exception {
        var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT")));
        accept(AsynchronousServerSocketChannel.open().bind(address, 90));
        Thread.currentThread().join();
    }
}
