/*
 * Bug: reply() is static and synchronized, so while it waits for one client who does not read, all
 *     other threads wait for the lock.
 * Cause: blocked-by-stalled-reader
 * Profile: concurrent
 * Port: 28211
 */
import java.io.*;
import java.net.*;

public class StaticHelper extends Thread {
    static long totalBytes = 0;

    Socket socket;

    StaticHelper(Socket socket) {
        this.socket = socket;
    }

    static synchronized void reply(OutputStream out, byte[] data, int length) throws IOException {
        out.write(data, 0, length);
        out.flush();
        totalBytes = totalBytes + length;
    }

    public void run() {
        byte[] data = new byte[1900];
        try {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            int length = in.read(data);
            while (length != -1) {
                reply(out, data, length);
                length = in.read(data);
            }
        } catch (IOException e) {
            System.out.println("Client lost: " + e.getMessage());
        } finally {
            try {
                socket.close();
            } catch (IOException e) {
                System.out.println("Close failed");
            }
        }
    }

    public static void main(String[] args) throws Exception {
        ServerSocket server = new ServerSocket(28211, 60, InetAddress.getByName("127.0.0.1"));
        System.out.println("Server started");
        while (true) {
            try {
                new StaticHelper(server.accept()).start();
            } catch (IOException e) {
                Thread.sleep(200);
            }
        }
    }
}
