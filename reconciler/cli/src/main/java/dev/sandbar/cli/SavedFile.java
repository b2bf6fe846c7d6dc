package dev.sandbar.cli;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** JSON documents that Sandbar writes to files and reads back. */
final class SavedFile {
  /** Room for the observation of some thousand apps. */
  private static final TextLimits LIMITS = new TextLimits(64 << 20, 64, 5_000_000);

  private SavedFile() {}

  /**
   * Reads one document.
   *
   * @throws CommandException if it is not well-formed JSON
   */
  static Node read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LIMITS.maxBytes() + 1);
    }
    var result = JsonReader.read(file.toString(), bytes, LIMITS);
    if (result.hasErrors() || result.documents().isEmpty()) {
      String what =
          result.diagnostics().stream()
              .findFirst()
              .map(d -> d.at() + ": " + d.message())
              .orElse(file + ": the file is empty");
      String help = result.diagnostics().stream().findFirst().map(Diagnostic::help).orElse("");
      throw new CommandException(what, help);
    }
    return result.documents().getFirst();
  }

  /** Writes one document; who reads the file meanwhile sees the old or the new, never a half. */
  static void write(Path file, Node document) throws IOException {
    write(file, JsonWriter.indented(document), Set.of());
  }

  /**
   * Writes one document that only its owner can read, to a file that does not exist yet.
   *
   * @throws FileAlreadyExistsException if it does
   */
  static void writeNew(Path file, Node document) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    // Files of this kind have mode 0600.
    Path part =
        Files.createTempFile(directory == null ? Path.of("/") : directory, ".sandbar", ".part");
    try {
      Files.writeString(part, JsonWriter.indented(document));
      // Unlike a move, a link never takes the place of another file.
      Files.createLink(file, part);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Gives a file that exists another text, in the same way; its mode stays. */
  static void replace(Path file, String text) throws IOException {
    Path real = file.toRealPath();
    write(real, text, Files.getPosixFilePermissions(real));
  }

  private static void write(Path file, String text, Set<PosixFilePermission> mode)
      throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path part =
        Files.createTempFile(directory == null ? Path.of("/") : directory, ".sandbar", ".part");
    try {
      Files.writeString(part, text);
      if (!mode.isEmpty()) {
        Files.setPosixFilePermissions(part, mode);
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
