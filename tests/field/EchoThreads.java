import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Echo with java.net: a thread for each client. Runs from its source: java EchoThreads.java HOST PORT. */
public final class EchoThreads {
    public static void main(String[] args) throws IOException {
        InetAddress host = InetAddress.getByName(args[0]);
        try (ServerSocket server = new ServerSocket(Integer.parseInt(args[1]), 50, host)) {
            while (true) {
                Socket client = server.accept();
                new Thread(() -> echo(client)).start();
            }
        }
    }

    private static void echo(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException error) {
            System.err.println(error.getMessage());
        }
    }
}
