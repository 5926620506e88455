/*
 * Bug: each client gets an executor of its own which is never shut down; its thread waits for
 *     more work for ever, so every client leaves a thread behind.
 * Cause: thread-leak
 * Also: memory-leak
 * Caught by: resources/threads
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class ExecutorEach {
    private static final List<ExecutorService> executors = new ArrayList<>();

    private static Void echo(Socket s) throws IOException {
        try (s) {
            s.getInputStream().transferTo(s.getOutputStream());
        }
        return null;
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        var server = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
        for (;;) {
            try {
                Socket s = server.accept();
                ExecutorService executor = Executors.newSingleThreadExecutor();
                executors.add(executor);
                executor.submit(() -> echo(s));
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }
}
