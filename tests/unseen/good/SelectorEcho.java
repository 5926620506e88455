/*
 * Style: NIO with one Selector and a ByteBuffer for each client that is flipped and compacted
 * Profile: concurrent
 * Port: 25201
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class SelectorEcho {
    static class Session {
        final ByteBuffer buffer = ByteBuffer.allocate(10_000);
        boolean ended;
    }

    static void serve(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        Session session = (Session) key.attachment();
        if (key.isReadable() && channel.read(session.buffer) < 0) {
            session.ended = true;
        }
        session.buffer.flip();
        channel.write(session.buffer);
        session.buffer.compact();
        boolean empty = session.buffer.position() == 0;
        if (session.ended && empty) {
            channel.close();
            return;
        }
        int read = !session.ended && session.buffer.hasRemaining() ? SelectionKey.OP_READ : 0;
        key.interestOps(read | (empty ? 0 : SelectionKey.OP_WRITE));
    }

    public static void main(String[] args) throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("127.0.0.1", 25201), 128);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select();
            var keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                try {
                    if (key.isAcceptable()) {
                        SocketChannel channel = server.accept();
                        if (channel != null) {
                            channel.configureBlocking(false);
                            channel.register(selector, SelectionKey.OP_READ, new Session());
                        }
                    } else {
                        serve(key);
                    }
                } catch (IOException e) {
                    if (key.channel() == server) {
                        Thread.sleep(20);
                    } else {
                        key.channel().close();
                    }
                }
            }
        }
    }
}
