package dev.sandbar.device.fleet;

import java.net.http.HttpClient;

/** What a device shows to the API server. It may change at any time. */
public interface Credentials {

  /** A client that trusts the server's authority and shows the device's certificate, if any. */
  HttpClient client();

  /** Value of the header Authorization; empty for none. A secret. */
  String authorization();
}
