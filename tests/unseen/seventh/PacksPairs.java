/*
 * Bug: bytes are kept two to a char, and the second is added without "& 0xFF"; a byte of 0x80 or
 *     more is negative in Java, and so takes one from the byte before it.
 * Cause: none-of-these
 * Profile: concurrent
 * Port: 28750
 */
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Port of the C program; messages are arrays of 16 bit words as there. */
public class PacksPairs extends Thread {
    private static final int PORT = 28750;
    private final Socket client;

    PacksPairs(Socket client) {
        this.client = client;
    }

    static char[] pack(byte[] raw, int length) {
        char[] words = new char[(length + 1) / 2];
        for (int i = 0; i < length; i += 2) {
            int high = raw[i] << 8;
            int low = i + 1 < length ? raw[i + 1] : 0;
            words[i / 2] = (char) (high + low);
        }
        return words;
    }

    static byte[] unpack(char[] words, int length) {
        byte[] raw = new byte[length];
        for (int i = 0; i < length; i++) {
            raw[i] = (byte) (i % 2 == 0 ? words[i / 2] >> 8 : words[i / 2]);
        }
        return raw;
    }

    @Override
    public void run() {
        byte[] raw = new byte[5120];
        try (Socket c = client) {
            BufferedInputStream in = new BufferedInputStream(c.getInputStream());
            OutputStream out = c.getOutputStream();
            for (int n = in.read(raw); n > 0; n = in.read(raw)) {
                char[] message = pack(raw, n);
                out.write(unpack(message, n));
            }
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }

    public static void main(String[] args) throws Exception {
        ServerSocket listener = new ServerSocket(PORT, 100, InetAddress.getByName("127.0.0.1"));
        for (;;) {
            try {
                new PacksPairs(listener.accept()).start();
            } catch (IOException e) {
                Thread.sleep(150);
            }
        }
    }
}
