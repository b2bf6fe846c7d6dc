package dev.sandbar.device.kube;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes every server, and keeps what it showed. Only for looking for a pinned authority: nothing
 * secret is ever sent over such a connection, and nothing that comes over it is believed unless it
 * agrees with the pin.
 */
final class ChainRecorder extends X509ExtendedTrustManager {
  private volatile List<X509Certificate> shown = List.of();

  List<X509Certificate> shown() {
    return shown;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) {
    shown = List.of(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
    shown = List.of(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
    shown = List.of(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw new CertificateException("no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("no server");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
