/*
 * Bug: a pool of four threads serves the clients, so that a fifth one waits until another leaves.
 * Cause: connection-limit
 * Caught by: sessions/simultaneous
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public final class PooledEcho {
    private final ExecutorService pool = Executors.newFixedThreadPool(4);

    void run(int port) throws Exception {
        try (ServerSocket serverSocket = new ServerSocket()) {
            serverSocket.setReuseAddress(true);
            serverSocket.bind(new InetSocketAddress("127.0.0.1", port), 128);
            while (!Thread.interrupted()) {
                try {
                    Socket socket = serverSocket.accept();
                    pool.submit(() -> handle(socket));
                } catch (IOException e) {
                    TimeUnit.MILLISECONDS.sleep(100);
                }
            }
        }
    }

    private void handle(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            in.transferTo(out);
        } catch (IOException ignored) {
            // The client is gone.
        }
    }

    public static void main(String[] args) throws Exception {
        new PooledEcho().run(Integer.parseInt(System.getenv("PORT")));
    }
}
