/*
 * Bug: the server reads with readUTF() and answers with writeUTF(), which is right for a client in
 *     Java that does so too: the first two bytes of what any other client sends are taken for a
 *     length.
 * Cause: length-prefix
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Networks course, exercise 3: a multithreaded echo server. */
public class DataStreams extends Thread {
    private final Socket socket;

    public DataStreams(Socket socket) {
        this.socket = socket;
    }

    @Override
    public void run() {
        try {
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
            while (true) {
                String message = in.readUTF();
                out.writeUTF(message);
                out.flush();
            }
        } catch (EOFException e) {
            // client has finished
        } catch (IOException e) {
            System.out.println("Connection lost: " + e.getMessage());
        } finally {
            try {
                socket.close();
            } catch (IOException e) {
                System.out.println("close: " + e.getMessage());
            }
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket(port, 100, InetAddress.getByName("127.0.0.1"));
        while (true) {
            try {
                Socket client = server.accept();
                new DataStreams(client).start();
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }
}
