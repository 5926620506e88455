// Bug: a ThreadPoolExecutor begins a thread above its core size (6) only when its queue is full:
//     clients 7 to 66 wait in the queue until another leaves, while those after them would be
//     served.
// Cause: connection-limit
// Also: newest-client-first
// Profile: concurrent
// Port: 27391
import java.io.*;
import java.net.*;
import java.util.concurrent.*;

public class CoreSize {
    static final int CORE = 6, MAX = 500, QUEUE = 60;

    static void echo(Socket s) {
        try (s; InputStream in = s.getInputStream(); OutputStream out = s.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            System.out.println("client gone: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        // Few threads when it is quiet, up to 500 when many clients come.
        ExecutorService pool = new ThreadPoolExecutor(
                CORE, MAX, 30, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                runnable -> {
                    Thread t = new Thread(runnable);
                    t.setDaemon(true);
                    return t;
                });
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress("127.0.0.1", 27391), 128);
        for (;;) {
            Socket client;
            try {
                client = server.accept();
            } catch (IOException e) {
                Thread.sleep(100);
                continue;
            }
            try {
                pool.execute(() -> echo(client));
            } catch (RejectedExecutionException e) {
                client.close();
            }
        }
    }
}
