package dev.sandbar.device.kernel;

import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.learn.SocketTables;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.learn.Use.Trait;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What a process of a service has open, mapped and set now (proc_pid_fd(5), proc_pid_maps(5),
 * proc_pid_stat(5)).
 */
final class ProcessUses {

  private static final int MAPS_LIMIT = 4 << 20;
  private static final int LINE_LIMIT = 4096;

  /** A service with more open files shows nothing new with the others. */
  private static final int MOST_FILES = 10_000;

  /** A service may make sockets for ever; one that is looked at twice shows the same. */
  private static final int MOST_SOCKETS = 100_000;

  private static final Set<String> STATUS = Set.of("VmLck");

  /** Where programs write. */
  private static final String DATA = "/(tmp|var|home|root|run|dev/shm|memfd:.*)(/.*)?";

  private static final int TABLE_LIMIT = 8 << 20;

  private static final String SOCKET = "socket:[";
  private static final String IO_URING = "anon_inode:[io_uring]";
  private static final String DELETED = " (deleted)";

  /** Fields of a process's stat behind its name, which may hold anything; the first is 0. */
  private static final int POLICY = 38;

  private static final Set<String> REALTIME = Set.of("1", "2");

  private static final int WRITING = 3;

  /** One, or none where it cannot be done. */
  private final List<SocketView> sockets;

  private final Consumer<Use> found;
  private final BooleanSupplier late;

  /** Numbers of the sockets of the process that is looked at, as far as they are new. */
  private final Set<String> fresh = new HashSet<>();

  /** Sockets that were looked at. */
  private final Set<String> seen = new HashSet<>();

  /**
   * @param late whether the time for a look is over: what is left of the files is not looked at
   *     then
   */
  ProcessUses(List<SocketView> sockets, Consumer<Use> found, BooleanSupplier late) {
    this.late = late;
    this.sockets = List.copyOf(sockets);
    this.found = found;
  }

  /** A look at one process; nothing if it ends meanwhile. */
  void look(Path process) {
    fresh.clear();
    files(process);
    if (sockets.isEmpty() && !fresh.isEmpty()) {
      tables(process);
    }
    if (late.getAsBoolean()) {
      return;
    }
    maps(process);
    try {
      Map<String, String> status = ProcFile.status(process, STATUS);
      if (!status.getOrDefault("VmLck", "0 kB").startsWith("0 ")) {
        found.accept(new Use.Has(Trait.LOCKED_MEMORY));
      }
      String stat = ProcFile.read(process.resolve("stat"), LINE_LIMIT);
      String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
      if (fields.length > POLICY && REALTIME.contains(fields[POLICY])) {
        found.accept(new Use.Has(Trait.REALTIME));
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  private void files(Path process) {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(process.resolve("fd"))) {
      int count = 0;
      for (Path descriptor : all) {
        if (count++ == MOST_FILES || late.getAsBoolean()) {
          return;
        }
        file(process, descriptor);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // It has ended.
    }
  }

  /** Instead of the sockets themselves. */
  private void tables(Path process) {
    for (String name : SocketTables.NAMES) {
      try {
        String text = ProcFile.read(process.resolve("net").resolve(name), TABLE_LIMIT);
        SocketTables.uses(name, text, fresh).forEach(found);
      } catch (IOException e) {
        // The kernel has no such sockets, or the process has ended.
      }
    }
  }

  private void file(Path process, Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      String number = descriptor.getFileName().toString();
      if (target.startsWith(SOCKET)) {
        if (seen.size() >= MOST_SOCKETS) {
          seen.clear();
        }
        if (seen.add(target)) {
          fresh.add(target.substring(SOCKET.length(), target.length() - 1));
          int pid = Integer.parseInt(process.getFileName().toString());
          sockets.forEach(view -> view.uses(pid, Integer.parseInt(number)).forEach(found));
        }
      } else if (target.equals(IO_URING)) {
        found.accept(new Use.Has(Trait.IO_URING));
      } else if (target.startsWith("/") && !target.endsWith(DELETED)) {
        CallRecord.file(target, isWritten(process, number)).ifPresent(found);
      }
    } catch (IOException | NumberFormatException e) {
      // Closed meanwhile.
    }
  }

  private static boolean isWritten(Path process, String descriptor) throws IOException {
    String info = ProcFile.read(process.resolve("fdinfo").resolve(descriptor), LINE_LIMIT);
    for (String line : info.lines().toList()) {
      if (line.startsWith("flags:")) {
        return (Long.parseLong(line.substring("flags:".length()).strip(), 8) & WRITING) != 0;
      }
    }
    return false;
  }

  /** {@code 7f00-7f01 rwxp 0000 00:00 0 /path}. */
  private void maps(Path process) {
    try {
      for (String line : ProcFile.read(process.resolve("maps"), MAPS_LIMIT).lines().toList()) {
        String[] fields = line.split(" +", 6);
        if (fields.length < 5 || !fields[1].contains("x")) {
          continue;
        }
        if (fields[1].startsWith("rwx")) {
          found.accept(new Use.Has(Trait.WRITABLE_CODE));
        }
        if (fields.length == 6 && fields[5].matches(DATA)) {
          found.accept(new Use.Has(Trait.CODE_IN_DATA));
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
  }
}
