/*
 * Bug: the next client is accepted when the first read of the one before is complete, so a client
 *     that connects and sends nothing keeps all others out.
 * Cause: blocked-by-idle-client
 * Beside: spins-at-accept
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
import java.util.concurrent.CountDownLatch;

public final class HandshakeGate {
    private final AsynchronousServerSocketChannel server;

    HandshakeGate(int port) throws IOException {
        server = AsynchronousServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        server.bind(new InetSocketAddress("127.0.0.1", port), 512);
    }

    void acceptNext() {
        server.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel channel, Void nothing) {
                new Session(channel).open();
            }

            @Override
            public void failed(Throwable error, Void nothing) {
                acceptNext();
            }
        });
    }

    private final class Session {
        private final AsynchronousSocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(16 * 1024);

        Session(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        /** Reads the first bytes, and then enters the loop. */
        void open() {
            channel.read(buffer, null, new CompletionHandler<Integer, Void>() {
                @Override
                public void completed(Integer count, Void nothing) {
                    acceptNext();
                    received(count);
                }

                @Override
                public void failed(Throwable error, Void nothing) {
                    acceptNext();
                    close();
                }
            });
        }

        private void received(int count) {
            if (count < 0) {
                close();
                return;
            }
            buffer.flip();
            write();
        }

        private void read() {
            buffer.clear();
            channel.read(buffer, null, new CompletionHandler<Integer, Void>() {
                @Override
                public void completed(Integer count, Void nothing) {
                    received(count);
                }

                @Override
                public void failed(Throwable error, Void nothing) {
                    close();
                }
            });
        }

        private void write() {
            channel.write(buffer, null, new CompletionHandler<Integer, Void>() {
                @Override
                public void completed(Integer count, Void nothing) {
                    if (buffer.hasRemaining()) {
                        write();
                    } else {
                        read();
                    }
                }

                @Override
                public void failed(Throwable error, Void nothing) {
                    close();
                }
            });
        }

        private void close() {
            try {
                channel.close();
            } catch (IOException ignored) {
                // there is nobody to tell
            }
        }
    }

    public static void main(String[] args) throws Exception {
        new HandshakeGate(Integer.parseInt(System.getenv("PORT"))).acceptNext();
        new CountDownLatch(1).await();
    }
}
