/*
 * Bug: the first byte of what waits is read into a byte and compared with -1, so a 0xFF there is
 *     taken for the end of the stream.
 * Cause: signed-char-is-end
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class FirstByte implements Runnable {
    private final Socket socket;

    FirstByte(Socket socket) {
        this.socket = socket;
    }

    @Override
    public void run() {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[2600];
            byte first;
            // Wait for one byte, then take what is there.
            while ((first = (byte) in.read()) != -1) {
                buffer[0] = first;
                int more = Math.min(in.available(), buffer.length - 1);
                int n = more > 0 ? in.read(buffer, 1, more) : 0;
                out.write(buffer, 0, 1 + Math.max(n, 0));
            }
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket(port, 60, InetAddress.getByName("127.0.0.1"));
        while (true) {
            try {
                new Thread(new FirstByte(server.accept())).start();
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }
}
