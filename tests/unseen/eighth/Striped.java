// Bug: writes are done under one of 5 locks, chosen by the number of the connection; while a client
//     does not read, its writer keeps the lock, and each fifth other connection waits for it.
// Cause: blocked-by-stalled-reader
// Profile: concurrent
// Port: $PORT

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

public final class Striped {
    private static final int STRIPES = 5;

    /** Lock striping: much cheaper than one lock for each connection, much better than one for all. */
    static final class Locks {
        private final Lock[] stripes = new Lock[STRIPES];

        Locks() {
            for (int i = 0; i < STRIPES; i++) {
                stripes[i] = new ReentrantLock();
            }
        }

        Lock of(int id) {
            return stripes[Math.floorMod(id, STRIPES)];
        }
    }

    static final class Connection implements Runnable {
        private final Socket socket;
        private final Lock writing;

        Connection(Socket socket, Lock writing) {
            this.socket = socket;
            this.writing = writing;
        }

        /** May be called from any thread; what is sent in one call stays together. */
        void send(byte[] data, int length) throws IOException {
            OutputStream out = socket.getOutputStream();
            writing.lock();
            try {
                out.write(data, 0, length);
            } finally {
                writing.unlock();
            }
        }

        @Override
        public void run() {
            byte[] data = new byte[8192];
            try (socket) {
                InputStream in = socket.getInputStream();
                for (int n = in.read(data); n != -1; n = in.read(data)) {
                    send(data, n);
                }
            } catch (IOException e) {
                System.err.println(e.getMessage());
            }
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        Locks locks = new Locks();
        AtomicInteger ids = new AtomicInteger();
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(new java.net.InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 200);
            while (true) {
                try {
                    Socket socket = server.accept();
                    Thread thread = new Thread(new Connection(socket, locks.of(ids.getAndIncrement())));
                    thread.setDaemon(true);
                    thread.start();
                } catch (IOException e) {
                    Thread.sleep(100);
                }
            }
        }
    }
}
