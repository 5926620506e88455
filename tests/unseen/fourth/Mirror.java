/*
 * Bug: the server was written from the exercise "send the text back reversed": what each read returned
 *     comes back in reverse order.
 * Cause: none-of-these
 * Caught by: identity/hello
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class Mirror {
    static void reverse(byte[] bytes, int length) {
        for (int left = 0, right = length - 1; left < right; left++, right--) {
            byte kept = bytes[left];
            bytes[left] = bytes[right];
            bytes[right] = kept;
        }
    }

    static void serve(Socket client) {
        try (client) {
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] text = new byte[600];
            for (int n = in.read(text); n >= 0; n = in.read(text)) {
                reverse(text, n);
                out.write(text, 0, n);
            }
        } catch (IOException gone) {
            System.err.println(gone.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        while (true) {
            try {
                Socket client = server.accept();
                new Thread(() -> serve(client)).start();
            } catch (IOException error) {
                System.err.println(error.getMessage());
                Thread.sleep(100);
            }
        }
    }
}
