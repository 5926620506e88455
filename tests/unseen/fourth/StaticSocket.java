/*
 * Bug: the accepted socket is kept in a static field, and the thread takes it from there when it has
 *     begun, so two threads may take the same socket, and another has none.
 * Cause: shared-loop-variable
 * Caught by: sessions/queue
 * Profile: concurrent
 * Port: 29025
 */
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class StaticSocket extends Thread {
    static final int PORT = 29025;
    static Socket socket;
    static int number = 0;

    @Override
    public void run() {
        setName("client " + (++number));
        Socket mine = socket;
        try {
            DataInputStream input = new DataInputStream(mine.getInputStream());
            DataOutputStream output = new DataOutputStream(mine.getOutputStream());
            byte[] message = new byte[1024];
            int length;
            while ((length = input.read(message)) != -1) {
                output.write(message, 0, length);
                output.flush();
            }
        } catch (IOException e) {
            System.out.println(getName() + ": " + e.getMessage());
        } finally {
            try {
                mine.close();
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new java.net.InetSocketAddress(InetAddress.getByName("127.0.0.1"), PORT), 60);
        while (true) {
            try {
                socket = server.accept();
            } catch (IOException e) {
                Thread.sleep(100);
                continue;
            }
            new StaticSocket().start();
        }
    }
}
