/*
 * Bug: read() of the stream wrapper gives the byte with its sign, so 0xFF is -1, which means the end;
 *     a connection is closed when a 0xFF is the first byte of what came.
 * Cause: signed-char-is-end
 * Also: magic-byte
 * Profile: sequential
 * Port: $PORT
 */
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class BufferedSource extends InputStream implements Closeable {
    private final InputStream upstream;
    private final byte[] segment = new byte[8192];
    private int position;
    private int limit;

    public BufferedSource(InputStream upstream) {
        this.upstream = upstream;
    }

    /** True if everything that has come was taken, and no more will come. */
    private boolean exhausted() throws IOException {
        while (position == limit) {
            int count = upstream.read(segment, 0, segment.length);
            if (count < 0) {
                return true;
            }
            position = 0;
            limit = count;
        }
        return false;
    }

    @Override
    public int read() throws IOException {
        return exhausted() ? -1 : segment[position++];
    }

    @Override
    public int available() throws IOException {
        return limit - position + upstream.available();
    }

    @Override
    public int read(byte[] sink, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int first = read();
        if (first == -1) {
            return -1;
        }
        sink[offset] = (byte) first;
        int more = Math.min(limit - position, length - 1);
        System.arraycopy(segment, position, sink, offset + 1, more);
        position += more;
        return more + 1;
    }

    @Override
    public void close() throws IOException {
        upstream.close();
    }

    /** Moves all from a source to a sink. */
    static long pipe(InputStream source, OutputStream sink) throws IOException {
        byte[] chunk = new byte[4096];
        long total = 0;
        int count;
        while ((count = source.read(chunk)) >= 0) {
            sink.write(chunk, 0, count);
            sink.flush();
            total += count;
        }
        return total;
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            while (true) {
                try (Socket socket = server.accept();
                        InputStream source = new BufferedSource(socket.getInputStream())) {
                    pipe(source, socket.getOutputStream());
                } catch (IOException error) {
                    System.out.println("client: " + error.getMessage());
                }
            }
        }
    }
}
