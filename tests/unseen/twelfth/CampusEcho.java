/*
 * Bug: the pool has 16 threads, and each client keeps one until it leaves: the 17th client at the
 *     same time is accepted and waits.
 * Cause: connection-limit
 * Also: blocked-by-idle-client
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

/** Exercise sheet 7, task 2: "Extend your server so that it serves several clients in parallel." */
public class CampusEcho {
    private static final int THREADS = 16;

    private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);
    private final ServerSocket serverSocket;

    public CampusEcho(int port) throws IOException {
        serverSocket = new ServerSocket();
        serverSocket.setReuseAddress(true);
        serverSocket.bind(
                new java.net.InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 200);
    }

    public void serve() throws InterruptedException {
        while (true) {
            try {
                Socket socket = serverSocket.accept();
                executor.submit(new ClientHandler(socket));
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
    }

    private static class ClientHandler implements Runnable {
        private final Socket socket;

        ClientHandler(Socket socket) {
            this.socket = socket;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[8192];
            try (Socket s = socket;
                    InputStream in = s.getInputStream();
                    OutputStream out = s.getOutputStream()) {
                int count;
                while ((count = in.read(buffer)) != -1) {
                    out.write(buffer, 0, count);
                    out.flush();
                }
            } catch (IOException e) {
                // The client has gone.
            }
        }
    }

    public static void main(String[] args) throws Exception {
        CampusEcho server = new CampusEcho(Integer.parseInt(System.getenv("PORT")));
        System.out.println("Server is running ...");
        server.serve();
    }
}
