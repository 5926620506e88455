/*
 * Bug: next() returns a byte, and -1 at the end; a byte 0xFF of the client is -1 too, so it ends
 *     the connection.
 * Cause: signed-char-is-end
 * Also: magic-byte
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class ByteReaderEcho {

    static final byte EOF = -1;

    /** Hands out the bytes of a stream one at a time. */
    static class ByteReader {
        private final InputStream in;
        private final byte[] buf = new byte[4096];
        private int pos = 0;
        private int limit = 0;

        ByteReader(InputStream in) {
            this.in = in;
        }

        byte next() throws IOException {
            if (pos == limit) {
                limit = in.read(buf);
                pos = 0;
                if (limit <= 0) {
                    limit = 0;
                    return EOF;
                }
            }
            return buf[pos++];
        }

        boolean isEmpty() {
            return pos == limit;
        }
    }

    /** Collects bytes and writes them out in blocks. */
    static class ByteWriter {
        private final OutputStream out;
        private final byte[] buf = new byte[4096];
        private int size = 0;

        ByteWriter(OutputStream out) {
            this.out = out;
        }

        void put(byte b) throws IOException {
            if (size == buf.length) {
                flush();
            }
            buf[size++] = b;
        }

        void flush() throws IOException {
            out.write(buf, 0, size);
            size = 0;
        }
    }

    static void echo(Socket socket) throws IOException {
        ByteReader reader = new ByteReader(socket.getInputStream());
        ByteWriter writer = new ByteWriter(socket.getOutputStream());
        byte b;
        while ((b = reader.next()) != EOF) {
            writer.put(b);
            if (reader.isEmpty()) {
                writer.flush();
            }
        }
        writer.flush();
    }

    static void closeQuietly(Closeable c) {
        try {
            c.close();
        } catch (IOException ignored) {
            // nothing to do
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket(port, 1024, InetAddress.getByName("127.0.0.1"));
        while (true) {
            final Socket socket;
            try {
                socket = server.accept();
            } catch (IOException e) {
                Thread.sleep(100);
                continue;
            }
            Thread t = new Thread(null, () -> {
                try {
                    echo(socket);
                } catch (IOException e) {
                    // connection reset by peer
                } finally {
                    closeQuietly(socket);
                }
            }, "client-" + socket.getPort(), 128 * 1024);
            t.setDaemon(true);
            t.start();
        }
    }
}
