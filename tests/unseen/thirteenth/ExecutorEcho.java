/*
 * Bug: the handlers run in a fixed pool of 50 threads, and each handler keeps its thread while its
 *     client is there: the fifty-first client at once is accepted, and waits without an answer.
 * Cause: connection-limit
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class ExecutorEcho {
    private static final int BACKLOG = 200;

    private final int port;
    private final ExecutorService pool;

    public ExecutorEcho(int port, int threads) {
        this.port = port;
        this.pool = Executors.newFixedThreadPool(threads);
    }

    public void start() throws IOException {
        try (ServerSocket server = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress())) {
            System.out.println("Server is running on port " + port);
            while (true) {
                try {
                    Socket client = server.accept();
                    pool.execute(new ClientHandler(client));
                } catch (IOException e) {
                    System.out.println("Accept failed: " + e.getMessage());
                    pause();
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static class ClientHandler implements Runnable {
        private final Socket socket;

        ClientHandler(Socket socket) {
            this.socket = socket;
        }

        @Override
        public void run() {
            try (Socket s = socket) {
                InputStream in = s.getInputStream();
                OutputStream out = s.getOutputStream();
                byte[] buffer = new byte[4096];
                int bytesRead;
                while ((bytesRead = in.read(buffer)) != -1) {
                    out.write(buffer, 0, bytesRead);
                    out.flush();
                }
            } catch (IOException e) {
                System.out.println("Client handler: " + e.getMessage());
            }
        }
    }

    public static void main(String[] args) throws IOException {
        new ExecutorEcho(Integer.parseInt(System.getenv("PORT")), 50).start();
    }
}
