/*
 * Bug: the bytes are read and written as characters, which replaces what is no UTF-8.
 * Cause: lossy-decoding
 * Also: partial-held-back
 * Caught by: identity/invalid-utf8
 * Profile: concurrent
 * Port: $PORT
 */
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class ReaderWriter {
    public static void main(String[] args) throws IOException, InterruptedException {
        int port = Integer.parseInt(System.getenv("PORT"));
        ServerSocket server = new ServerSocket(port, 100, InetAddress.getLoopbackAddress());
        while (true) {
            try {
                Socket client = server.accept();
                new Thread(() -> echo(client)).start();
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
    }

    private static void echo(Socket client) {
        try (client;
             Reader in = new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8);
             Writer out = new OutputStreamWriter(client.getOutputStream(), StandardCharsets.UTF_8)) {
            char[] cbuf = new char[1024];
            int len;
            while ((len = in.read(cbuf)) != -1) {
                out.write(cbuf, 0, len);
                out.flush();
            }
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }
}
