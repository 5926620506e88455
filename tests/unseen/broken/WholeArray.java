/*
 * Bug: out.write(buffer) writes the whole array of 1024 bytes, not only the n bytes that were
 *     read.
 * Cause: stale-buffer
 * Caught by: identity/hello
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

class WholeArray implements Runnable {
    private final Socket client;

    WholeArray(Socket client) {
        this.client = client;
    }

    @Override
    public void run() {
        byte[] buffer = new byte[1024];
        try (client) {
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            while (in.read(buffer) != -1) {
                out.write(buffer);
                out.flush();
            }
        } catch (IOException ignored) {
            // the client has gone
        }
    }

    public static void main(String[] args) throws Exception {
        ExecutorService pool = Executors.newCachedThreadPool();
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            int port = Integer.parseInt(System.getenv("PORT"));
            server.bind(new InetSocketAddress("127.0.0.1", port), 100);
            while (true) {
                try {
                    pool.execute(new WholeArray(server.accept()));
                } catch (IOException e) {
                    Thread.sleep(50);
                }
            }
        }
    }
}
