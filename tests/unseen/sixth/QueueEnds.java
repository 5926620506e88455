/*
 * Bug: blocks are put into the queue between the two threads with put(), but the mark of the end
 *     with offer(), which does nothing where the queue is full: then the writer waits for ever.
 * Cause: end-lost-when-full
 * Also: never-closes
 * Beside: thread-leak, descriptor-leak
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

public final class QueueEnds {
    private static final byte[] END = new byte[0];

    private final Socket socket;
    private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(4);
    private volatile boolean broken;

    private QueueEnds(Socket socket) {
        this.socket = socket;
    }

    private void produce() {
        byte[] block = new byte[8192];
        try {
            int n;
            while (!broken && (n = socket.getInputStream().read(block)) >= 0) {
                queue.put(Arrays.copyOf(block, n));
            }
        } catch (IOException gone) {
            broken = true;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } finally {
            queue.offer(END);
        }
    }

    private void consume() {
        try (socket) {
            byte[] block;
            while ((block = queue.take()) != END) {
                if (!broken) {
                    send(block);
                }
            }
        } catch (IOException gone) {
            broken = true;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(byte[] block) {
        try {
            socket.getOutputStream().write(block);
        } catch (IOException gone) {
            broken = true;
        }
    }

    private void start() {
        daemon(this::produce);
        daemon(this::consume);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        InetAddress here = InetAddress.getByName("127.0.0.1");
        try (ServerSocket listener = new ServerSocket(port, 128, here)) {
            for (;;) {
                try {
                    new QueueEnds(listener.accept()).start();
                } catch (IOException full) {
                    Thread.sleep(100);
                }
            }
        }
    }
}
