/*
 * Bug: the pool has six threads and each client keeps one while it is connected, so the seventh
 *     client waits until another leaves.
 * Cause: connection-limit
 * Also: blocked-by-idle-client
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public final class PoolService implements AutoCloseable {
    private static final int WORKERS = 6;

    private final ServerSocket listener;
    private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);

    private PoolService(int port) throws IOException {
        listener = new ServerSocket(port, 256, InetAddress.getLoopbackAddress());
    }

    private void acceptLoop() throws InterruptedException {
        while (!listener.isClosed()) {
            try {
                Socket connection = listener.accept();
                workers.execute(() -> serve(connection));
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(80);
            }
        }
    }

    private static void serve(Socket connection) {
        try (connection; var in = new BufferedInputStream(connection.getInputStream(), 12_000)) {
            in.transferTo(connection.getOutputStream());
        } catch (IOException | UncheckedIOException e) {
            System.err.println("connection failed: " + e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        workers.shutdownNow();
    }

    public static void main(String[] args) throws Exception {
        try (var service = new PoolService(Integer.parseInt(System.getenv("PORT")))) {
            service.acceptLoop();
        }
    }
}
