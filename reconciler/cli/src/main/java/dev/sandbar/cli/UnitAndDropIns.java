package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.UnitDirectories;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A unit file and the drop-ins in the same folder, in the order in which systemd reads them
 * (systemd.unit(5)).
 *
 * @param names as they are shown
 * @param contents of each
 */
record UnitAndDropIns(List<String> names, List<byte[]> contents) {

  static final int MOST_BYTES = 64 << 10;
  private static final int MOST_DROP_INS = 100;

  UnitAndDropIns {
    names = List.copyOf(names);
    contents = List.copyOf(contents);
  }

  /** What somebody has read already. */
  static UnitAndDropIns only(String name, byte[] content) {
    return new UnitAndDropIns(List.of(name), List.of(bounded(name, content)));
  }

  /**
   * Reads them; of an instance that has no file of its own, that of its template.
   *
   * @param file as it was named
   * @throws IOException if one of them is there and cannot be read: it could close something
   */
  static UnitAndDropIns read(String file) throws IOException {
    Path path = Path.of(file);
    String name = String.valueOf(path.getFileName());
    Path template = path.resolveSibling(name.replaceFirst("@.*(?=\\.service$)", "@"));
    Path unit = Files.exists(path) || !Files.exists(template) ? path : template;
    var names = new ArrayList<String>();
    var contents = new ArrayList<byte[]>();
    add(unit, unit.equals(path) ? file : unit.toString(), names, contents);
    for (Path dropIn : dropIns(path, name)) {
      add(dropIn, dropIn.toString(), names, contents);
    }
    return new UnitAndDropIns(names, contents);
  }

  private static void add(Path path, String shown, List<String> names, List<byte[]> contents)
      throws IOException {
    names.add(shown);
    contents.add(bounded(shown, EnvironmentFiles.read(path, MOST_BYTES)));
  }

  private static byte[] bounded(String name, byte[] content) {
    if (content.length > MOST_BYTES) {
      throw new CommandException(
          "%s has more than %d bytes".formatted(Printable.of(name), MOST_BYTES),
          "Give the file of one unit");
    }
    return content;
  }

  private static List<Path> dropIns(Path unit, String name) throws IOException {
    var found = new TreeMap<String, Path>();
    for (String folder : folders(name)) {
      Path directory = unit.resolveSibling(folder);
      if (!Files.isDirectory(directory)) {
        continue;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.conf")) {
        for (Path file : files) {
          // Of one name that of the more special folder counts.
          found.putIfAbsent(String.valueOf(file.getFileName()), file);
          if (found.size() > MOST_DROP_INS) {
            throw new CommandException(
                "%s has more than %d drop-ins".formatted(Printable.of(name), MOST_DROP_INS),
                "Import a copy of the unit file that has what they say");
          }
        }
      }
    }
    // A drop-in that is masked says nothing.
    found.values().removeIf(UnitAndDropIns::isMask);
    return List.copyOf(found.values());
  }

  private static boolean isMask(Path file) {
    try {
      return file.toRealPath().equals(Path.of("/dev/null"));
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> folders(String name) {
    try {
      return UnitDirectories.dropInDirectories(new UnitName(name));
    } catch (IllegalArgumentException e) {
      return List.of(name + ".d");
    }
  }

  UnitFile unit() {
    return UnitFile.ofFiles(contents);
  }

  /**
   * Where a line is, as compilers say it.
   *
   * @param line as {@link UnitFile} counts them
   */
  String place(int line) {
    int file = file(line);
    return "%s:%d:1".formatted(Printable.of(names.get(file)), line - before(file));
  }

  /** The same for a note, where the file is only said of a drop-in. */
  String noted(int line) {
    int file = file(line);
    String name = file == 0 ? "" : Printable.of(names.get(file)) + " ";
    return "%sline %d: ".formatted(name, line - before(file));
  }

  private int before(int file) {
    return contents.subList(0, file).stream().mapToInt(UnitFile::numbers).sum();
  }

  private int file(int line) {
    int file = 0;
    while (file < contents.size() - 1 && before(file + 1) < line) {
      file++;
    }
    return file;
  }
}
