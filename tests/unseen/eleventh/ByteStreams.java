/*
 * Bug: what read() returns is made a byte before it is compared with -1, so the byte 0xFF is taken
 *     for the end, and the connection is closed
 * Cause: signed-char-is-end, magic-byte
 * Also: closes-before-client
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class ByteStreams {
    private static final int BACKLOG = 1024;
    private static final int BUFFER = 8192;

    private static void echo(Socket socket) throws IOException {
        byte[] answer = new byte[BUFFER];
        int length = 0;
        BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), BUFFER);
        BufferedOutputStream out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);

        byte b;
        while ((b = (byte) in.read()) != -1) {
            answer[length++] = b;
            if (length == answer.length || in.available() == 0) {
                out.write(answer, 0, length);
                out.flush();
                length = 0;
            }
        }
        out.write(answer, 0, length);
        out.flush();
    }

    private static void serve(Socket socket) {
        try (socket) {
            echo(socket);
        } catch (IOException e) {
            System.out.println("Connection lost: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new java.net.InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), BACKLOG);
        System.out.println("Waiting for clients on port " + port);

        long number = 0;
        while (true) {
            Socket socket;
            try {
                socket = server.accept();
            } catch (IOException e) {
                Thread.sleep(50);
                continue;
            }
            Thread thread = new Thread(null, () -> serve(socket), "client-" + ++number, 128 * 1024);
            thread.setDaemon(true);
            thread.start();
        }
    }
}
