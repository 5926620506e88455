/*
 * Bug: it reads while isConnected() says true, which it says for ever once it was connected, and only
 *     when available() is above 0, which it is not at the end: the end of a client is never noticed.
 * Cause: never-closes, missing-break
 * Profile: sequential
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class PollingServer {
    private static final int POLL_MILLIS = 5;

    public static void main(String[] args) throws IOException, InterruptedException {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "6013"));
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 128);

        while (true) {
            Socket client;
            try {
                client = server.accept();
            } catch (IOException e) {
                Thread.sleep(50);
                continue;
            }
            try {
                serve(client);
            } catch (IOException e) {
                System.out.println("client lost: " + e.getMessage());
            } finally {
                client.close();
            }
        }
    }

    private static void serve(Socket client) throws IOException, InterruptedException {
        InputStream in = client.getInputStream();
        OutputStream out = client.getOutputStream();
        byte[] buffer = new byte[4096];

        while (client.isConnected()) {
            if (in.available() > 0) {
                int count = in.read(buffer);
                out.write(buffer, 0, count);
                out.flush();
            } else {
                Thread.sleep(POLL_MILLIS);
            }
        }
    }
}
