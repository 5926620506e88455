/*
 * Bug: clients are served one after the other; what they say is put into upper case; and a
 *     message "quit" ends the connection.
 * Cause: one-at-a-time
 * Cause: case-changed
 * Cause: magic-word
 * Caught by: sessions/simultaneous, identity/hello, identity/looks-like-a-command
 * Profile: concurrent
 * Port: 25006
 */
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

class ShoutOneByOne {
    public static void main(String... args) throws IOException, InterruptedException {
        ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress("127.0.0.1", 25006), 100);
        for (;;) {
            try (Socket s = listener.accept()) {
                serve(s);
            } catch (IOException e) {
                Thread.sleep(10);
            }
        }
    }

    private static void serve(Socket s) throws IOException {
        byte[] bytes = new byte[4096];
        for (int n = s.getInputStream().read(bytes); n >= 0; n = s.getInputStream().read(bytes)) {
            String said = new String(bytes, 0, n, StandardCharsets.ISO_8859_1);
            if (said.strip().equals("quit")) {
                return;
            }
            for (int i = 0; i < n; i++) {
                if (bytes[i] >= 'a' && bytes[i] <= 'z') {
                    bytes[i] -= 32;
                }
            }
            s.getOutputStream().write(bytes, 0, n);
        }
    }
}
