/*
 * Bug: each message goes through String.trim(), which takes blanks, line ends and all control
 *     characters (so also NUL) off its two edges.
 * Cause: strips-whitespace
 * Also: padding-stripped
 * Caught by: identity/edge-whitespace
 * Profile: sequential
 * Port: $PORT
 */
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

public final class LatinTrimmer {
    private static String answer(String message) {
        return message.trim();
    }

    private static void converse(Socket client) throws IOException {
        var in = client.getInputStream();
        var out = client.getOutputStream();
        byte[] bytes = new byte[1800];
        for (int n = in.read(bytes); n != -1; n = in.read(bytes)) {
            String message = new String(bytes, 0, n, ISO_8859_1);
            out.write(answer(message).getBytes(ISO_8859_1));
        }
    }

    public static void main(String... args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        try (var server = new ServerSocket(port, 20, InetAddress.getLoopbackAddress())) {
            for (;;) {
                try (Socket client = server.accept()) {
                    converse(client);
                } catch (IOException broken) {
                    System.out.println("client lost: " + broken.getMessage());
                }
            }
        }
    }
}
