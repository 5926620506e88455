/*
 * Bug: the handler of a failed read writes a line and does not close: the descriptor of each
 *     client that resets its connection stays open.
 * Cause: descriptor-leak
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;

public class ReadAndWritten {
    static final int PORT = Integer.parseInt(System.getenv("PORT"));

    static class Client {
        final AsynchronousSocketChannel channel;
        final ByteBuffer buffer = ByteBuffer.allocate(7000);

        Client(AsynchronousSocketChannel channel) {
            this.channel = channel;
        }

        void read() {
            buffer.clear();
            channel.read(buffer, this, READ);
        }

        void write() {
            channel.write(buffer, this, WRITTEN);
        }

        void close() {
            try {
                channel.close();
            } catch (IOException error) {
                System.err.println(error);
            }
        }
    }

    static final CompletionHandler<Integer, Client> READ = new CompletionHandler<>() {
        public void completed(Integer count, Client client) {
            if (count < 0) {
                client.close();
            } else {
                client.buffer.flip();
                client.write();
            }
        }

        public void failed(Throwable error, Client client) {
            System.err.println("read: " + error.getMessage());
        }
    };

    static final CompletionHandler<Integer, Client> WRITTEN = new CompletionHandler<>() {
        public void completed(Integer count, Client client) {
            if (client.buffer.hasRemaining()) {
                client.write();
            } else {
                client.read();
            }
        }

        public void failed(Throwable error, Client client) {
            client.close();
        }
    };

    public static void main(String[] args) throws Exception {
        AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open();
        listener.bind(new InetSocketAddress("127.0.0.1", PORT), 128);
        while (true) {
            try {
                new Client(listener.accept().get()).read();
            } catch (java.util.concurrent.ExecutionException error) {
                System.err.println(error.getMessage());
                Thread.sleep(100);
            }
        }
    }
}
