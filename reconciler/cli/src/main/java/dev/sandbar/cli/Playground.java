package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.function.Function;

/**
 * What a checkout has beside the commands of a device: those to try Sandbar with, on virtual
 * devices of this machine. An installation on a device has none of it.
 */
public interface Playground {

  /** The one of this process. To look for it opens every jar, so commands of a device do not. */
  static Optional<Playground> find() {
    return ServiceLoader.load(Playground.class).findFirst();
  }

  /** Its commands by name, in the order of the help page. */
  SequencedMap<String, Function<Terminal, Object>> commands();

  /**
   * The running virtual device of this name.
   *
   * @throws CommandException if there is none, or it is down
   */
  Device device(String name);

  /** Whether the message of this exception says all that the user needs. */
  boolean explains(Exception e);

  /**
   * A virtual device, from outside.
   *
   * @param root its file system
   * @param busSocket of its system bus
   * @param pid of its systemd
   */
  record Device(Path root, Path busSocket, long pid) {}
}
