/*
 * Bug: all threads read into one static array, so clients get each other's bytes; and a byte 0x04
 *     ends the connection.
 * Cause: shared-buffer
 * Cause: magic-byte
 * Beside: accept-error-ends, descriptor-famine
 * Caught by: sessions/no-crosstalk, identity/control-bytes
 * Profile: concurrent
 * Port: 25005
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class MixedBytes implements Runnable {
    private static final byte[] BUFFER = new byte[16 * 1024];
    private final Socket client;

    MixedBytes(Socket client) {
        this.client = client;
    }

    public static void main(String[] args) throws Exception {
        try (var server = new ServerSocket(25005, 200, InetAddress.getByName("127.0.0.1"))) {
            while (true) {
                new Thread(new MixedBytes(server.accept())).start();
            }
        }
    }

    @Override
    public void run() {
        try (client) {
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            int n;
            while ((n = in.read(BUFFER)) > 0) {
                for (int i = 0; i < n; i++) {
                    if (BUFFER[i] == 4) {
                        return;
                    }
                }
                Thread.yield();
                out.write(BUFFER, 0, n);
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }
}
