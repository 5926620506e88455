/*
 * Bug: the executor has 16 core threads, at most 2,000, and a queue without bound; it makes more
 *     than the core threads only when its queue is full, which never happens, so the 17th client
 *     waits in the queue until another one leaves.
 * Cause: connection-limit
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

public final class QueueingServer {

    private static final int CORE_POOL_SIZE = 16;
    private static final int MAXIMUM_POOL_SIZE = 2000;
    private static final long KEEP_ALIVE_SECONDS = 30;

    private final ThreadPoolExecutor executor;
    private final ServerSocket serverSocket;

    private QueueingServer(int port) throws IOException {
        executor = new ThreadPoolExecutor(
                CORE_POOL_SIZE,
                MAXIMUM_POOL_SIZE,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new WorkerFactory());
        serverSocket = new ServerSocket();
        serverSocket.setReuseAddress(true);
        serverSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
    }

    private void serve() throws InterruptedException {
        while (!serverSocket.isClosed()) {
            try {
                Socket socket = serverSocket.accept();
                executor.execute(new Connection(socket));
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
    }

    private static final class Connection implements Runnable {
        private final Socket socket;

        Connection(Socket socket) {
            this.socket = socket;
        }

        @Override
        public void run() {
            try (Socket s = socket) {
                s.setTcpNoDelay(true);
                InputStream in = s.getInputStream();
                OutputStream out = s.getOutputStream();
                byte[] buffer = new byte[8192];
                int length;
                while ((length = in.read(buffer)) >= 0) {
                    out.write(buffer, 0, length);
                }
            } catch (IOException e) {
                // the peer has gone
            }
        }
    }

    private static final class WorkerFactory implements ThreadFactory {
        private final AtomicInteger number = new AtomicInteger();

        @Override
        public Thread newThread(Runnable task) {
            Thread thread = new Thread(null, task, "echo-" + number.incrementAndGet(), 256 * 1024);
            thread.setDaemon(true);
            return thread;
        }
    }

    public static void main(String[] args) throws Exception {
        new QueueingServer(Integer.parseInt(System.getenv("PORT"))).serve();
    }
}
