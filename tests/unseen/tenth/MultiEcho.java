/*
 * Bug: the buffer is static, so the threads of all clients read into the same one, and a client may get
 *     what another has sent.
 * Cause: shared-buffer
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

public class MultiEcho {
    private static final int PORT = Integer.parseInt(System.getenv("PORT"));

    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newCachedThreadPool();
        try (ServerSocket server = new ServerSocket(PORT, 512, InetAddress.getByName("127.0.0.1"))) {
            System.out.println("MultiEcho on port " + server.getLocalPort());
            while (true) {
                try {
                    pool.execute(new ClientHandler(server.accept()));
                } catch (IOException e) {
                    Thread.sleep(50);
                }
            }
        }
    }
}

class ClientHandler implements Runnable {
    private static final int BUFFER_SIZE = 8192;
    private static final byte[] buffer = new byte[BUFFER_SIZE];

    private final Socket socket;

    ClientHandler(Socket socket) {
        this.socket = socket;
    }

    @Override
    public void run() {
        try (Socket s = socket;
                InputStream in = s.getInputStream();
                OutputStream out = s.getOutputStream()) {
            int length;
            while ((length = in.read(buffer)) != -1) {
                out.write(buffer, 0, length);
            }
        } catch (IOException e) {
            // the client has gone
        }
    }
}
