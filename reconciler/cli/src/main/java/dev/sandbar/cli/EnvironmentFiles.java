package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.convert.EnvironmentText;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.device.store.DevicePaths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/**
 * The files of variables that a unit names (systemd.exec(5), EnvironmentFile=). They are read only
 * if asked: a unit file can name any file, and what is in them may be secret.
 */
final class EnvironmentFiles {
  private static final int MOST_BYTES = 64 << 10;

  /** A pattern, or a specifier: it may be any file (glob(7), systemd.unit(5)). */
  private static final Predicate<String> UNTOLD = Pattern.compile("[*?%\\[\\\\]").asPredicate();

  @Option(
      names = "--environment-files",
      description =
          "Copy the variables of the files that EnvironmentFile names into the spec, and with learn"
              + " arguments that may come from files that not everybody may read.")
  private boolean wanted;

  /**
   * Their variables; of a file that is not read, a note.
   *
   * @param root of the file system that the paths are of
   */
  Map<String, String> variables(UnitFile unit, Path root, Printer printer) {
    var variables = new TreeMap<String, String>();
    for (UnitFile.Line line : UnitConverter.environmentFiles(unit)) {
      String path = line.value().startsWith("-") ? line.value().substring(1) : line.value();
      String why = "read it with --environment-files, on the device";
      if (wanted) {
        try {
          byte[] content = read(DevicePaths.onDisk(root, path), MOST_BYTES);
          add(new String(content, StandardCharsets.UTF_8), line, variables, printer);
          continue;
        } catch (IOException | InvalidPathException e) {
          why = "it cannot be read here";
        }
      }
      printer.note(
          "line %d: EnvironmentFile=%s: %s"
              .formatted(line.number(), Printable.of(line.value()), why));
    }
    return variables;
  }

  /**
   * Whether arguments of the running process may not be repeated: the unit takes variables from
   * where not everybody may read, or from where that cannot be told, and nobody has requested them.
   */
  boolean areWithheld(UnitFile unit, Path root) {
    return !wanted
        && (unit.lines().stream().anyMatch(line -> line.name().equals("PassEnvironment"))
            || UnitConverter.environmentFiles(unit).stream()
                .map(line -> line.value().replaceFirst("^-", ""))
                .anyMatch(path -> UNTOLD.test(path) || LearnWriteOptions.isClosed(root, path)));
  }

  boolean isWanted() {
    return wanted;
  }

  /**
   * The first bytes of a file, one more than wanted where it is longer.
   *
   * @throws IOException also if it is something else, which could keep the reader waiting
   */
  static byte[] read(Path path, int most) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new FileSystemException(path.toString(), null, "is no regular file");
    }
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(most + 1);
    }
  }

  private static void add(
      String text, UnitFile.Line line, Map<String, String> variables, Printer printer) {
    EnvironmentText.read(text)
        .forEach(
            (name, value) -> {
              if (value.chars().anyMatch(Character::isISOControl)) {
                printer.note(
                    "line %d: EnvironmentFile=%s: %s has more than one line: use files for it"
                        .formatted(line.number(), Printable.of(line.value()), name));
              } else if (!name.startsWith("SANDBAR_")) {
                variables.put(name, value);
              }
            });
  }
}
