import java.io.FileInputStream;
import java.net.Socket;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Connect HOST PORT STORE: a TLS connection to 127.0.0.1:PORT for HOST. Exits with 0, or with 1 and the reason. */
public class Connect {
  public static void main(String[] arguments) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream file = new FileInputStream(arguments[2])) {
      store.load(file, "changeit".toCharArray());
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    int port = Integer.parseInt(arguments[1]);
    Socket plain = new Socket("127.0.0.1", port);
    plain.setSoTimeout(10000);
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, arguments[0], port, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
    } catch (SSLException refused) {
      System.err.println("refused: " + refused.getMessage());
      System.exit(1);
    }
  }
}
