package dev.sandbar.device.kernel;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifies the service manager that this service is alive (sd_notify(3)): a datagram to the socket
 * that it named in the environment. Java has no datagram sockets of that family.
 *
 * <p>Does nothing outside of a service, and nothing that could hold up whoever calls.
 */
public final class ServiceManager {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MSG_DONTWAIT = 0x40;

  private final String socket;
  private final Duration interval;

  private ServiceManager(String socket, Duration interval) {
    this.socket = socket;
    this.interval = interval;
  }

  /** As the environment of this process says. */
  public static ServiceManager ofProcess() {
    return of(System.getenv(), ProcessHandle.current().pid());
  }

  static ServiceManager of(Map<String, String> environment, long pid) {
    String socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    String watched = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
    Duration interval = Duration.ZERO;
    try {
      if (watched.equals(Long.toString(pid))) {
        interval =
            Duration.ofNanos(
                Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0")) * 1_000);
      }
    } catch (NumberFormatException | ArithmeticException e) {
      LOG.warn("action=watchdog {}", e.getMessage());
    }
    boolean usable = socket.startsWith("/") || socket.startsWith("@");
    return new ServiceManager(usable ? socket : "", interval);
  }

  /** How long this service may be silent; zero if nobody watches it. */
  public Duration watchdog() {
    return socket.isEmpty() ? Duration.ZERO : interval;
  }

  /** Says it once: {@code READY=1}, {@code WATCHDOG=1}. */
  public void notify(String state) {
    if (socket.isEmpty()) {
      return;
    }
    int fd = LibC.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC);
    if (fd < 0) {
      return;
    }
    try {
      byte[] message = state.getBytes(StandardCharsets.UTF_8);
      if (LibC.send(fd, message, MSG_DONTWAIT, address()) < 0) {
        LOG.debug("action=notify state={} not sent", state);
      }
    } finally {
      LibC.close(fd);
    }
  }

  /**
   * struct sockaddr_un: the family in the machine's order, the path; an abstract one begins with 0.
   */
  private byte[] address() {
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    byte[] address = new byte[2 + path.length];
    boolean little = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
    address[little ? 0 : 1] = AF_UNIX;
    System.arraycopy(path, 0, address, 2, path.length);
    if (path[0] == '@') {
      address[2] = 0;
    }
    return address;
  }
}
