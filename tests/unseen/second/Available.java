/*
 * Bug: the thread asks available() whether there is data, and that is 0 at the end too, so the end
 *     is never noticed: the connection and its thread stay for ever.
 * Cause: never-closes
 * Also: thread-leak, descriptor-leak
 * Caught by: shutdown/after-echo
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class Available {

    static void talk(Socket socket) {
        byte[] bytes = new byte[1400];
        try (Socket s = socket) {
            InputStream in = s.getInputStream();
            OutputStream out = s.getOutputStream();
            while (!s.isClosed() && s.isConnected()) {
                if (in.available() > 0) {
                    int n = in.read(bytes);
                    out.write(bytes, 0, n);
                } else {
                    Thread.sleep(3);
                }
            }
        } catch (IOException | InterruptedException e) {
            System.err.println(e);
        }
    }

    public static void main(String[] args) throws Exception {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        int port = Integer.parseInt(System.getenv("PORT"));
        server.bind(new InetSocketAddress("127.0.0.1", port), 70);
        for (;;) {
            Socket socket;
            try {
                socket = server.accept();
            } catch (IOException e) {
                Thread.sleep(100);
                continue;
            }
            Thread thread = new Thread(() -> talk(socket));
            thread.setDaemon(true);
            thread.start();
        }
    }
}
