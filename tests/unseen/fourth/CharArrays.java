/*
 * Bug: a Reader and a Writer stand between the streams, so the bytes are decoded as UTF-8 and encoded
 *     again, and what is no UTF-8 becomes the replacement character.
 * Cause: lossy-decoding
 * Also: partial-held-back
 * Caught by: identity/invalid-utf8
 * Profile: concurrent
 * Port: 29026
 */
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class CharArrays {
    private static final int PORT = 29026;
    private final ExecutorService executor = Executors.newCachedThreadPool();

    private void talk(Socket socket) {
        try (socket;
                Reader reader = new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8);
                Writer writer = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8)) {
            char[] chars = new char[2048];
            int count;
            while ((count = reader.read(chars)) > 0) {
                writer.write(chars, 0, count);
                writer.flush();
            }
        } catch (IOException e) {
            System.out.println("connection lost: " + e.getMessage());
        }
    }

    private void listen() throws IOException, InterruptedException {
        try (ServerSocket listener = new ServerSocket()) {
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress("127.0.0.1", PORT), 128);
            while (true) {
                try {
                    Socket socket = listener.accept();
                    executor.execute(() -> talk(socket));
                } catch (IOException e) {
                    Thread.sleep(100);
                }
            }
        }
    }

    public static void main(String[] args) throws Exception {
        new CharArrays().listen();
    }
}
