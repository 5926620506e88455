// Bug: nobody calls flush() on the PipedOutputStream between the two threads of a connection, so
//     the thread that reads from it is not woken: it looks again by itself after a second.
// Cause: not-flushed
// Also: slow-each-time
// Profile: concurrent
// Port: $PORT
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

public class PipedHalves {
    /** One direction of a connection: reads what the client sends into a pipe. */
    private static void receive(Socket socket, PipedOutputStream pipe) {
        byte[] block = new byte[4000];
        try (pipe) {
            InputStream from = socket.getInputStream();
            int length;
            while ((length = from.read(block)) >= 0) {
                pipe.write(block, 0, length);
            }
        } catch (IOException e) {
            System.err.println("receive: " + e);
        }
    }

    /** The other direction: what comes out of the pipe goes to the client. */
    private static void transmit(PipedInputStream pipe, Socket socket) {
        byte[] block = new byte[4000];
        try (socket; pipe) {
            OutputStream to = socket.getOutputStream();
            int length;
            while ((length = pipe.read(block)) >= 0) {
                to.write(block, 0, length);
            }
        } catch (IOException e) {
            System.err.println("transmit: " + e);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress("127.0.0.1", Integer.valueOf(System.getenv("PORT"))), 100);
        while (true) {
            try {
                Socket socket = listener.accept();
                PipedInputStream inner = new PipedInputStream(16000);
                PipedOutputStream outer = new PipedOutputStream(inner);
                daemon(() -> receive(socket, outer));
                daemon(() -> transmit(inner, socket));
            } catch (IOException e) {
                Thread.sleep(200);
            }
        }
    }
}
