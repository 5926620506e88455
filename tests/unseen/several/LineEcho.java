/*
 * Bug: readLine() waits for the end of a line and takes it off; println puts back "\n" whatever
 *     the client sent, and nothing comes before a line is whole.
 * Cause: waits-for-newline
 * Cause: newline-translated, line-ends-dropped
 * Also: prefix-or-suffix
 * Caught by: chunking/prompt, identity/newlines
 * Profile: concurrent
 * Port: 25001
 */
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class LineEcho {
    public static void main(String[] args) throws IOException {
        ServerSocket serverSocket = new ServerSocket(25001, 100, InetAddress.getLoopbackAddress());
        while (true) {
            Socket socket = serverSocket.accept();
            new Thread(() -> serve(socket)).start();
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            var latin1 = StandardCharsets.ISO_8859_1;
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), latin1));
            var out = new PrintWriter(socket.getOutputStream(), true, latin1);
            String inputLine;
            while ((inputLine = in.readLine()) != null) {
                out.println(inputLine);
            }
        } catch (IOException e) {
            System.err.println("Exception: " + e.getMessage());
        }
    }
}
