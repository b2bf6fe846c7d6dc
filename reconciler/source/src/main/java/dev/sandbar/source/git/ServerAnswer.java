package dev.sandbar.source.git;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a server said beside Git's own protocol; tells more than the exceptions of JGit do. */
final class ServerAnswer {
  private int httpStatus;
  private @Nullable String hostKeyFault;

  void status(int code) {
    httpStatus = code;
  }

  /** The last HTTP status; 0 if there was none. */
  int status() {
    return httpStatus;
  }

  void hostKeyFault(String fault) {
    hostKeyFault = fault;
  }

  /** Why the host key was refused. */
  Optional<String> hostKeyFault() {
    return Optional.ofNullable(hostKeyFault);
  }
}
