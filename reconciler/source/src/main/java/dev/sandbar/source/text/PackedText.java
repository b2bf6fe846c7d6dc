package dev.sandbar.source.text;

import dev.sandbar.core.model.Node;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** A document as one short text: JSON, gzip, base64. The same document gives the same text. */
public final class PackedText {

  private PackedText() {}

  /** Packs. */
  public static String pack(Node node) {
    var bytes = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(bytes)) {
      gzip.write(JsonWriter.compact(node).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("packing in memory", e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /**
   * Unpacks.
   *
   * @param limits of the document; no more is inflated, however far the text would grow
   * @return empty if it is no packed document, or too large
   */
  public static Optional<Node> unpack(String text, TextLimits limits) {
    // Base64 takes four characters for three bytes, and gzip makes nothing much longer.
    if (text.length() > 2L * limits.maxBytes() + 1024) {
      return Optional.empty();
    }
    try (var gzip =
        new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(text)))) {
      byte[] json = gzip.readNBytes(limits.maxBytes() + 1);
      return JsonReader.read("packed", json, limits).documents().stream().findFirst();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
