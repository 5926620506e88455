/*
 * Bug: what read() returns is kept in a byte before it is compared with -1, so the byte 0xFF is
 *     taken for the end of the stream and the connection is closed.
 * Cause: signed-char-is-end
 * Also: magic-byte
 * Profile: sequential
 * Port: $PORT
 */
import java.io.*;
import java.net.*;

public class ByteCounter {
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket(port, 128, InetAddress.getByName("127.0.0.1"));
        while (true) {
            Socket client = null;
            try {
                client = server.accept();
                echo(client);
            } catch (IOException e) {
                // this client is lost, wait for the next one
                Thread.sleep(10);
            } finally {
                if (client != null) {
                    try {
                        client.close();
                    } catch (IOException e) {
                        // nothing to be done
                    }
                }
            }
        }
    }

    private static long echo(Socket client) throws IOException {
        BufferedInputStream in = new BufferedInputStream(client.getInputStream());
        BufferedOutputStream out = new BufferedOutputStream(client.getOutputStream());
        long count = 0;
        byte b;
        while ((b = (byte) in.read()) != -1) {
            out.write(b);
            count++;
            // nothing more to read at once: send what we have
            if (in.available() == 0) {
                out.flush();
            }
        }
        out.flush();
        return count;
    }
}
