/*
 * Bug: the try block of a worker is around its loop and not inside it. The IOException of a client
 *     that resets its connection ends the worker; after four of them nobody takes clients out of
 *     the queue.
 * Cause: workers-die
 * Also: client-error-ends-server
 * Profile: sequential
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

public class WorkerQueue {
    private static final int WORKERS = 4;
    private final BlockingQueue<Socket> pending = new ArrayBlockingQueue<>(256);

    private class Worker implements Runnable {
        private final byte[] data = new byte[8192];

        @Override
        public void run() {
            try {
                while (true) {
                    Socket socket = pending.take();
                    handle(socket);
                }
            } catch (IOException e) {
                System.out.println(Thread.currentThread().getName() + ": " + e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void handle(Socket socket) throws IOException {
            try (socket) {
                InputStream in = socket.getInputStream();
                OutputStream out = socket.getOutputStream();
                int n;
                while ((n = in.read(data)) >= 0) {
                    out.write(data, 0, n);
                }
            }
        }
    }

    void run(int port) throws IOException, InterruptedException {
        for (int i = 0; i < WORKERS; i++) {
            new Thread(new Worker(), "worker-" + i).start();
        }
        try (ServerSocket server = new ServerSocket(port, 128, InetAddress.getLoopbackAddress())) {
            while (true) {
                try {
                    pending.put(server.accept());
                } catch (IOException e) {
                    System.out.println("accept: " + e);
                    Thread.sleep(50);
                }
            }
        }
    }

    public static void main(String[] args) throws Exception {
        new WorkerQueue().run(Integer.parseInt(System.getenv("PORT")));
    }
}
