/*
 * Bug: six threads serve the clients, so a seventh waits; and the bytes become a String and bytes
 *     again, which replaces those that are no UTF-8.
 * Cause: connection-limit
 * Cause: lossy-decoding
 * Profile: concurrent
 * Port: 20118
 */
import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.*;

public class PooledText {
    public static void main(String[] args) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(6);
        ServerSocket ss = new ServerSocket();
        ss.setReuseAddress(true);
        ss.bind(new InetSocketAddress("127.0.0.1", 20118), 128);
        while (true) {
            final Socket s;
            try {
                s = ss.accept();
            } catch (IOException e) {
                Thread.sleep(100);
                continue;
            }
            threads.execute(() -> {
                try (s) {
                    byte[] b = new byte[4096];
                    int n;
                    while ((n = s.getInputStream().read(b)) > 0) {
                        String text = new String(b, 0, n, StandardCharsets.UTF_8);
                        s.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
                    }
                } catch (IOException e) {
                    System.out.println(e);
                }
            });
        }
    }
}
