package dev.sandbar.core.convert;

import java.util.List;
import java.util.Optional;

/** Where a program is that a unit names without a path. */
@FunctionalInterface
public interface Programs {

  /** Nobody looks: a name without a path is an error. */
  Programs NONE = _ -> Optional.empty();

  /**
   * The directories in which systemd searches, in their order (systemd.exec(5), ExecSearchPath=).
   */
  List<String> DIRECTORIES =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  /** Its path; empty if it is in none of them. */
  Optional<String> find(String name);
}
