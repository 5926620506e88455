/*
 * Bug: at the end of a client its thread closes the field `socket`, which is the listener, and
 *     not the client's own socket; with the first client that leaves nobody new is served.
 * Cause: listener-closed
 * Also: never-closes
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class Concierge {
    private final ServerSocket socket;

    public Concierge(int port) throws IOException {
        socket = new ServerSocket(port, 1000, InetAddress.getLoopbackAddress());
    }

    public void open() throws InterruptedException {
        while (!socket.isClosed()) {
            try {
                Socket guest = socket.accept();
                Thread attendant = new Thread(() -> attend(guest), "guest-" + guest.getPort());
                attendant.start();
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
    }

    private void attend(Socket guest) {
        byte[] buffer = new byte[8 * 1024];
        try {
            InputStream in = guest.getInputStream();
            OutputStream out = guest.getOutputStream();
            int count;
            while ((count = in.read(buffer)) >= 0) {
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // the guest has left in a hurry
        } finally {
            closeQuietly(socket);
        }
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // nobody is interested
        }
    }

    public static void main(String[] args) throws Exception {
        new Concierge(Integer.parseInt(System.getenv("PORT"))).open();
    }
}
