/*
 * Bug: the bytes are written through an ObjectOutputStream, which sends a header of its own when it
 *     is made, and puts a mark and a length before each block.
 * Cause: none-of-these
 * Also: banner, prefix-or-suffix
 * Profile: concurrent
 * Port: 20117
 */
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class ObjectPipes extends Thread {
    private static final int PORT = 20117;

    private final Socket client;

    ObjectPipes(Socket client) {
        this.client = client;
        setDaemon(true);
    }

    @Override
    public void run() {
        try (Socket socket = client;
                InputStream in = socket.getInputStream();
                BufferedOutputStream raw = new BufferedOutputStream(socket.getOutputStream());
                ObjectOutputStream out = new ObjectOutputStream(raw)) {
            out.flush();
            byte[] message = new byte[1000];
            int length;
            while ((length = in.read(message)) != -1) {
                out.write(message, 0, length);
                out.flush();
            }
        } catch (IOException e) {
            System.err.println("client: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        ServerSocket server = new ServerSocket(PORT, 100, InetAddress.getLoopbackAddress());
        while (true) {
            try {
                new ObjectPipes(server.accept()).start();
            } catch (IOException e) {
                System.err.println("accept: " + e.getMessage());
                Thread.sleep(100);
            }
        }
    }
}
