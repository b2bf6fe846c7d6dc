package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.convert.UnitConverter;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.device.store.DevicePaths;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/**
 * The files of variables that a unit names (systemd.exec(5), EnvironmentFile=). They are read only
 * if asked: a unit file can name any file, and what is in them may be secret.
 */
final class EnvironmentFiles {
  private static final int MOST_BYTES = 64 << 10;
  private static final Pattern VARIABLE = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)=(.*)");

  @Option(
      names = "--environment-files",
      description = "Copy the variables of the files that EnvironmentFile names into the spec.")
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
          variables.putAll(variables(new String(content, StandardCharsets.UTF_8)));
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

  /** The first bytes of a file, one more than wanted where it is longer. */
  static byte[] read(Path path, int most) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(most + 1);
    }
  }

  /** Lines of variables, each on its own. */
  private static Map<String, String> variables(String text) {
    var variables = new TreeMap<String, String>();
    for (String raw : text.split("\n", -1)) {
      Matcher line = VARIABLE.matcher(raw.strip());
      if (line.matches() && !line.group(1).startsWith("SANDBAR_")) {
        String value = line.group(2).strip();
        boolean quoted =
            value.length() > 1
                && (value.startsWith("\"") && value.endsWith("\"")
                    || value.startsWith("'") && value.endsWith("'"));
        variables.put(line.group(1), quoted ? value.substring(1, value.length() - 1) : value);
      }
    }
    return variables;
  }
}
