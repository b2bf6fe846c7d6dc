package dev.sandbar.report;

/**
 * Bounds of the JDK's HTTP server. It has none of its own, and takes them only as system
 * properties, read once by the first server of a process: whoever starts one calls this before.
 * Without them a client that opens connections and says nothing would hold them for ever.
 */
public final class HttpBounds {
  private HttpBounds() {}

  /** Sets them, each unless the command line already has. */
  public static void apply() {
    // An idle connection costs no thread and little memory: many, so that a few shut nobody out.
    setIfAbsent("jdk.httpserver.maxConnections", "256");
    setIfAbsent("sun.net.httpserver.maxIdleConnections", "8");
    // Until the first byte, and between two requests.
    setIfAbsent("sun.net.httpserver.idleInterval", "5");
    // For the whole of a request, its body included.
    setIfAbsent("sun.net.httpserver.maxReqTime", "10");
    setIfAbsent("sun.net.httpserver.maxRspTime", "10");
    setIfAbsent("sun.net.httpserver.maxReqHeaderSize", "16384");
    // Of a body that nobody reads: by default the answer waits for 64 KiB of it.
    setIfAbsent("sun.net.httpserver.drainAmount", "0");
    // How often it searches for those; it would wake an idle device every second.
    setIfAbsent("sun.net.httpserver.timerMillis", "5000");
    setIfAbsent("sun.net.httpserver.clockTick", "5000");
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
