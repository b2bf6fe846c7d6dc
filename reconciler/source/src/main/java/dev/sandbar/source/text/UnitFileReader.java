package dev.sandbar.source.text;

import dev.sandbar.core.convert.UnitManifest;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads unit files that declare apps. */
public final class UnitFileReader {

  private UnitFileReader() {}

  /** Whether a file is a unit by its name. */
  public static boolean isUnit(String name) {
    return name.endsWith(UnitManifest.SUFFIX);
  }

  /** Whether a unit file declares an app. */
  public static boolean isMarked(byte[] content) {
    return UnitManifest.isMarked(new String(content, StandardCharsets.UTF_8));
  }

  /**
   * Reads a unit file; one that declares no app has no document.
   *
   * @param path for locations, and for the name of the app
   */
  public static ReadResult read(String path, byte[] content) {
    if (!isMarked(content)) {
      return new ReadResult(List.of(), List.of());
    }
    if (content.length > TextLimits.DEFAULT.maxBytes()) {
      return refused(
          path,
          Problem.TOO_LARGE,
          "the file has more than %d bytes".formatted(TextLimits.DEFAULT.maxBytes()),
          "split it into several files");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      UnitManifest.Read read = UnitManifest.read(path, text);
      return new ReadResult(read.manifests(), read.diagnostics());
    } catch (CharacterCodingException e) {
      return refused(path, Problem.SYNTAX, "the file is not UTF-8", "save it as UTF-8");
    }
  }

  private static ReadResult refused(String path, Problem problem, String what, String help) {
    return new ReadResult(
        List.of(), List.of(Diagnostic.error(problem, new Location(path, 0, 0), what, help)));
  }
}
