/*
 * Bug: the result of read() is put into a byte before it is compared with -1, and the byte 0xFF is
 *     -1 then: the connection ends there.
 * Cause: signed-char-is-end
 * Also: magic-byte
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class ByteByByte {

    static void copy(InputStream in, OutputStream out) throws IOException {
        byte b;
        while ((b = (byte) in.read()) != -1) {
            out.write(b);
            if (in.available() == 0) {
                out.flush();
            }
        }
        out.flush();
    }

    static void serve(Socket socket) {
        try (socket;
                InputStream in = new BufferedInputStream(socket.getInputStream(), 8192);
                OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 8192)) {
            copy(in, out);
        } catch (IOException e) {
            // nothing to tell the client any more
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 128);
        for (int number = 1; ; number++) {
            Socket socket;
            try {
                socket = listener.accept();
            } catch (IOException e) {
                Thread.sleep(20);
                continue;
            }
            Thread t = new Thread(() -> serve(socket), "client-" + number);
            t.setDaemon(true);
            t.start();
        }
    }
}
