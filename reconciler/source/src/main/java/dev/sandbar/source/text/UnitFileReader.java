package dev.sandbar.source.text;

import dev.sandbar.core.convert.UnitManifest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

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
    var findings = new FileDiagnostics();
    Optional<String> text = StrictText.decode(path, content, TextLimits.DEFAULT, findings);
    if (text.isEmpty()) {
      return new ReadResult(List.of(), findings.all());
    }
    UnitManifest.Read read = UnitManifest.read(path, text.get());
    return new ReadResult(read.manifests(), read.diagnostics());
  }
}
