package dev.sandbar.device.fleet;

import java.net.URI;

/**
 * Where a device belongs.
 *
 * @param server scheme, host and port
 * @param namespace of its objects; an RFC 1123 label
 * @param device name of its Device, DeviceBundle and Lease; an RFC 1123 subdomain
 */
public record FleetAddress(URI server, String namespace, String device) {
  private static final String GROUP = "/apis/sandbar.dev/v1alpha1/namespaces/";

  /** {@code https://server:6443/namespace/device}, for people. */
  public String text() {
    return server + (server.toString().endsWith("/") ? "" : "/") + namespace + "/" + device;
  }

  String bundles() {
    return GROUP + namespace + "/devicebundles?fieldSelector=metadata.name%3D" + device;
  }

  String bundleStatus() {
    return GROUP + namespace + "/devicebundles/" + device + "/status";
  }

  String deviceStatus() {
    return GROUP + namespace + "/devices/" + device + "/status";
  }

  String content(String name) {
    return GROUP + namespace + "/appcontents/" + name;
  }

  String query() {
    return GROUP + namespace + "/devicequeries/" + device;
  }

  String queryStatus() {
    return query() + "/status";
  }

  String lease() {
    return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/" + device;
  }

  String events() {
    return "/api/v1/namespaces/" + namespace + "/events";
  }
}
