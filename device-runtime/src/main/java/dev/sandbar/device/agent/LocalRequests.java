package dev.sandbar.device.agent;

import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people ask the agent for through a file: the last that was seen, and the last that was
 * handled.
 *
 * <p>For one thread.
 */
final class LocalRequests {
  private static final Logger LOG = LoggerFactory.getLogger(LocalRequests.class);

  private final Path root;
  private final Memory memory;
  private final Inbox inbox;
  private String seen = "";
  private String handled = "";

  LocalRequests(Path root, Memory memory, Inbox inbox) {
    this.root = root;
    this.memory = memory;
    this.inbox = inbox;
  }

  /** Takes a request once; one that no event announced is found by the next check. */
  void take(Upstream upstream) {
    ReconcileRequest.last(root)
        .filter(request -> !request.requestedAt().equals(seen))
        .ifPresent(
            request -> {
              seen = request.requestedAt();
              LOG.info("action=requested at={} poll={}", seen, request.poll());
              memory.retryRejected();
              if (request.poll()) {
                upstream.poll(() -> inbox.polled(request.requestedAt()));
              } else {
                inbox.polled(request.requestedAt());
              }
            });
  }

  /** One over which the connection was lost is taken again. */
  void connected() {
    seen = handled;
  }

  void handled(String token) {
    handled = token;
  }

  /** The last that was handled; empty if none was. */
  String handled() {
    return handled;
  }
}
