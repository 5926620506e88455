/*
 * Bug: each thread of the pool keeps one scratch buffer, which is emptied only after it could be
 *     sent; if a client breaks off before, the next client of that thread gets its bytes.
 * Cause: leftover-of-earlier
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class ThreadLocalScratch {
    /** Allocating a buffer for each message showed up in the profiler. */
    private static final ThreadLocal<ByteArrayOutputStream> SCRATCH =
            ThreadLocal.withInitial(() -> new ByteArrayOutputStream(16 * 1024));

    private static void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            ByteArrayOutputStream scratch = SCRATCH.get();
            byte[] block = new byte[8 * 1024];
            int n;
            while ((n = in.read(block)) != -1) {
                scratch.write(block, 0, n);
                scratch.writeTo(out);
                scratch.reset();
            }
        } catch (IOException e) {
            System.err.println("client gone: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ExecutorService pool = Executors.newCachedThreadPool();
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 128);
            while (true) {
                try {
                    Socket socket = server.accept();
                    pool.execute(() -> serve(socket));
                } catch (IOException e) {
                    Thread.sleep(100);
                }
            }
        }
    }
}
