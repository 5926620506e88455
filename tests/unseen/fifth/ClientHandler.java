/*
 * Bug: the answers go into a BufferedOutputStream that is flushed only when it is full or closed.
 * Cause: not-flushed
 * Caught by: chunking/prompt
 * Profile: concurrent
 * Port: 6789
 */
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class ClientHandler extends Thread {
    private static final int PORT = 6789;
    private final Socket socket;

    ClientHandler(Socket socket) {
        this.socket = socket;
    }

    @Override
    public void run() {
        try (Socket s = socket) {
            BufferedInputStream in = new BufferedInputStream(s.getInputStream());
            BufferedOutputStream out = new BufferedOutputStream(s.getOutputStream());
            byte[] buffer = new byte[1024];
            int count;
            while ((count = in.read(buffer)) > 0) {
                out.write(buffer, 0, count);
            }
            out.close();
        } catch (IOException e) {
            System.out.println("Client error: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        ServerSocket listener = new ServerSocket(PORT, 64, InetAddress.getByName("127.0.0.1"));
        System.out.println("Server started on port " + PORT);
        while (true) {
            try {
                new ClientHandler(listener.accept()).start();
            } catch (IOException e) {
                Thread.sleep(200);
            }
        }
    }
}
