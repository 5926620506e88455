/*
 * Bug: setSoTimeout(800) makes read() fail after 0.8 seconds of silence, and the client is hung
 *     up on.
 * Cause: idle-timeout
 * Caught by: shutdown/idle-kept
 * Profile: concurrent
 * Port: 25002
 */
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;

public class SoTimeout {
    static final int TIMEOUT_MS = 800;

    static class Handler extends Thread {
        final Socket socket;

        Handler(Socket socket) {
            this.socket = socket;
            setDaemon(true);
        }

        public void run() {
            try {
                socket.setSoTimeout(TIMEOUT_MS);
                var in = socket.getInputStream();
                var out = socket.getOutputStream();
                byte[] buf = new byte[8192];
                for (int n = in.read(buf); n > 0; n = in.read(buf)) {
                    out.write(buf, 0, n);
                }
            } catch (SocketTimeoutException e) {
                System.out.println("no sign of life from " + socket);
            } catch (IOException e) {
                System.out.println(socket + ": " + e);
            } finally {
                try {
                    socket.close();
                } catch (IOException e) {
                    System.out.println(e);
                }
            }
        }
    }

    public static void main(String[] args) throws Exception {
        var listener = new ServerSocket(25002, 50, InetAddress.getByName("127.0.0.1"));
        while (true) {
            try {
                new Handler(listener.accept()).start();
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }
}
