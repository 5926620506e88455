/*
 * Bug: the channel is non-blocking, and write() is called once and its result ignored; clear() then
 *     throws away what was not taken. A client that reads slowly loses data.
 * Cause: short-send-ignored, would-block-dropped
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
import java.util.Iterator;

public class ChannelEcho {
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);

    ChannelEcho(int port) throws IOException {
        selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("127.0.0.1", port), 256);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    void loop() throws IOException {
        while (true) {
            selector.select();
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (!key.isValid()) {
                    continue;
                }
                if (key.isAcceptable()) {
                    accept((ServerSocketChannel) key.channel());
                } else if (key.isReadable()) {
                    read(key);
                }
            }
        }
    }

    private void accept(ServerSocketChannel server) {
        try {
            SocketChannel client = server.accept();
            if (client != null) {
                client.configureBlocking(false);
                client.register(selector, SelectionKey.OP_READ);
            }
        } catch (IOException e) {
            System.out.println("accept: " + e.getMessage());
            try {
                Thread.sleep(20);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void read(SelectionKey key) throws IOException {
        SocketChannel client = (SocketChannel) key.channel();
        try {
            int count = client.read(buffer);
            if (count == -1) {
                client.close();
                return;
            }
            buffer.flip();
            client.write(buffer);
        } catch (IOException e) {
            System.out.println("client: " + e.getMessage());
            client.close();
        } finally {
            buffer.clear();
        }
    }

    public static void main(String[] args) throws IOException {
        new ChannelEcho(Integer.parseInt(System.getenv("PORT"))).loop();
    }
}
