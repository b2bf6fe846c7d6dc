package dev.sandbar.device.kernel;

import dev.sandbar.core.convert.Programs;
import dev.sandbar.core.learn.Stayed;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The process of a service that stays while it serves, seen from outside. Whatever it says of
 * itself is compared with the file that it executes.
 */
final class StayedProcess {

  private static final int COMMAND_LIMIT = 16 << 10;
  private static final int USERS_LIMIT = 1 << 20;
  private static final int SCRIPT_LIMIT = 256 << 10;
  private static final int LINE_LIMIT = 4 << 10;

  /** An interpreter, and options of its own, stand before a script. */
  private static final int BEFORE_SCRIPT = 4;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._+-]+");

  /** How a script starts a program that does not leave it by itself (start-stop-daemon(8)). */
  private static final Pattern SENDS_AWAY =
      Pattern.compile("start-stop-daemon[^\n]*(\\s--background|\\s-[A-Za-z]*b)\\b|(?<!&)&[ \t]*$");

  private final Path process;
  private final Path root;

  private final ServiceWatch.Paths paths;

  private StayedProcess(Path process, ServiceWatch.Paths paths) {
    this.process = process;
    this.paths = paths;
    this.root = process.resolve("root");
  }

  /**
   * What stays of these processes: the first that none of the others has started.
   *
   * @param program of the unit, as it names it
   */
  static Stayed of(Path proc, List<Integer> pids, String program, ServiceWatch.Paths paths) {
    for (int pid : pids.stream().sorted().toList()) {
      Path process = proc.resolve(Integer.toString(pid));
      try {
        Map<String, String> status = ProcFile.status(process, Set.of("PPid", "Uid"));
        if (!pids.contains(Integer.parseInt(status.getOrDefault("PPid", "0")))) {
          String uid = ProcessFields.words(status.getOrDefault("Uid", "0"))[0];
          return new StayedProcess(process, paths).seen(program, uid);
        }
      } catch (IOException | NumberFormatException e) {
        // It has ended.
      }
    }
    return Stayed.UNSEEN;
  }

  private Stayed seen(String program, String uid) throws IOException {
    List<String> words = words();
    boolean another = isAnother(program, words);
    return new Stayed(named(words), user(uid), another, another && sendsAway(program));
  }

  private List<String> words() throws IOException {
    byte[] bytes =
        ProcFile.read(process.resolve("cmdline"), COMMAND_LIMIT)
            .getBytes(StandardCharsets.ISO_8859_1);
    return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
  }

  /** With the path of its program; none where the first word is no name of that. */
  private List<String> named(List<String> words) {
    if (!words.stream().allMatch(it -> SafeText.problemIn(it).isEmpty())) {
      return List.of();
    }
    return paths(words.getFirst())
        .filter(path -> isSame(path, process.resolve("exe")))
        .findFirst()
        .map(path -> Stream.concat(Stream.of(path), words.stream().skip(1)).toList())
        .orElse(List.of());
  }

  /** Where a program of that name can be. */
  private static Stream<String> paths(String word) {
    if (word.startsWith("/")) {
      return Stream.of(word);
    }
    return NAME.matcher(word).matches()
        ? Programs.DIRECTORIES.stream().map(folder -> folder + "/" + word)
        : Stream.empty();
  }

  private boolean isAnother(String program, List<String> words) {
    return paths(program)
        .noneMatch(
            path ->
                isSame(path, process.resolve("exe"))
                    || words.stream()
                        .limit(BEFORE_SCRIPT)
                        .filter(word -> word.startsWith("/"))
                        .anyMatch(
                            word -> onDisk(word).filter(file -> isSame(path, file)).isPresent()));
  }

  private boolean isSame(String path, Path other) {
    return onDisk(path)
        .filter(
            file -> {
              try {
                return Files.isSameFile(file, other);
              } catch (IOException e) {
                return false;
              }
            })
        .isPresent();
  }

  /** As the process itself finds it. */
  private Optional<Path> onDisk(String path) {
    try {
      return PathText.problemIn(path).isEmpty()
          ? Optional.of(paths.onDisk(root, path))
          : Optional.empty();
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  private boolean sendsAway(String program) {
    return onDisk(program)
        .filter(file -> text(file, SCRIPT_LIMIT).lines().anyMatch(StayedProcess::isSent))
        .isPresent();
  }

  /** A line is bounded, since the expression begins at each of its words. */
  private static boolean isSent(String line) {
    return line.length() <= LINE_LIMIT && SENDS_AWAY.matcher(line).find();
  }

  private String user(String uid) {
    if (uid.equals("0")) {
      return "";
    }
    return onDisk("/etc/passwd")
        .map(file -> text(file, USERS_LIMIT))
        .orElse("")
        .lines()
        .map(line -> line.split(":", 4))
        .filter(fields -> fields.length > 2 && fields[2].equals(uid))
        .map(fields -> fields[0])
        .findFirst()
        .orElse(uid);
  }

  private static String text(Path file, int limit) {
    try {
      return Files.isRegularFile(file) ? ProcFile.read(file, limit) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
