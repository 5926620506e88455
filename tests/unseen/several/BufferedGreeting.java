/*
 * Bug: a greeting is written first, and everything goes through a BufferedOutputStream that
 *     nobody flushes before the end.
 * Cause: banner
 * Cause: not-flushed
 * Caught by: identity/nothing-extra, chunking/prompt
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class BufferedGreeting {
    static void talk(Socket socket) {
        try (socket;
                var in = new BufferedInputStream(socket.getInputStream());
                var out = new BufferedOutputStream(socket.getOutputStream())) {
            out.write("HELLO\r\n".getBytes());
            byte[] bytes = new byte[2048];
            int count;
            while ((count = in.read(bytes)) >= 0) {
                out.write(bytes, 0, count);
            }
        } catch (IOException e) {
            System.out.println("closed: " + e.getMessage());
        }
    }

    public static void main(String... args) throws Exception {
        int port = Integer.valueOf(System.getenv("PORT"));
        ServerSocket ss = new ServerSocket(port, 80, InetAddress.getByName("127.0.0.1"));
        while (true) {
            try {
                Socket s = ss.accept();
                Thread t = new Thread(() -> talk(s));
                t.setDaemon(true);
                t.start();
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
    }
}
