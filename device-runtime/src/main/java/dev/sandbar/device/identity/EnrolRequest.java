package dev.sandbar.device.identity;

import dev.sandbar.device.kube.ApiServerAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a device wants to become.
 *
 * @param authorities certificate authorities of the server, PEM; empty for the authorities of the
 *     Java platform
 * @param labels that the Device should have; its owner confirms them
 * @param life of the certificate or token that is requested; the cluster may give less
 * @param timeout how long to wait for an owner's consent
 * @param replace whether it gives up what it is on another server or by another name
 */
public record EnrolRequest(
    ApiServerAddress server,
    String authorities,
    Member member,
    IdentityKind kind,
    SortedMap<String, String> labels,
    Duration life,
    Duration timeout,
    boolean replace) {

  /**
   * What is requested when nothing else is given. The API server gives no less than ten minutes.
   */
  public static final Duration USUAL_LIFE = Duration.ofDays(30);

  public EnrolRequest {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }
}
