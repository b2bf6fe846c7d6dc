package dev.sandbar.vdev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of the Unix sockets of this machine. */
final class UnixSockets {
  private static final Path TABLE = Path.of("/proc/net/unix");

  /** {@code __SO_ACCEPTCON} of linux/net.h: set by listen(2). */
  private static final int LISTENS = 0x10000;

  private static final int FLAGS = 3;
  private static final int PATH = 7;

  private UnixSockets() {}

  /**
   * Returns whether a program can be connected to at this place. Its file is there before: between
   * bind(2) and listen(2) the kernel refuses connections.
   *
   * @param socket as its program was given it
   */
  static boolean listens(Path socket) {
    try {
      return Files.readAllLines(TABLE).stream().skip(1).anyMatch(line -> listens(line, socket));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A line is {@code Num RefCount Protocol Flags Type St Inode Path}; see proc(5). */
  private static boolean listens(String line, Path socket) {
    String[] words = line.strip().split(" +", PATH + 1);
    return words.length > PATH
        && words[PATH].equals(socket.toString())
        && (Integer.parseInt(words[FLAGS], 16) & LISTENS) != 0;
  }
}
