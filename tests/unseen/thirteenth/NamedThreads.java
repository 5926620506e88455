/*
 * Bug: the try block stands around the loop of accept(), not in it: one error of accept() ends
 *     the program, such as when no descriptor is left.
 * Cause: accept-error-ends, descriptor-famine
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

public class NamedThreads {
    private static final Logger LOG = Logger.getLogger("echo");

    private static void serve(Socket client) {
        try (client) {
            long count = client.getInputStream().transferTo(client.getOutputStream());
            LOG.fine(() -> "served " + count + " bytes");
        } catch (IOException e) {
            LOG.log(Level.WARNING, "connection lost", e);
        }
    }

    public static void main(String[] args) throws Exception {
        var names = new AtomicLong();
        var pool = Executors.newCachedThreadPool(work -> {
            var thread = new Thread(null, work, "client-" + names.incrementAndGet(), 128 << 10);
            thread.setDaemon(true);
            return thread;
        });
        int port = Integer.parseInt(System.getenv("PORT"));
        try (var server = new ServerSocket(port, 400, InetAddress.getLoopbackAddress())) {
            LOG.info(() -> "listening on " + server); // it also loads what a log needs
            while (true) {
                Socket client = server.accept();
                try {
                    pool.execute(() -> serve(client));
                } catch (OutOfMemoryError e) {
                    client.close();
                }
            }
        } catch (IOException e) {
            LOG.log(Level.SEVERE, "accept failed", e);
        }
    }
}
