package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A tag in a file of specs, with the digest beside it. The digest is written into the text as it
 * is: comments, order and quotes of all else stay.
 *
 * @param tag where it stands and what it is
 * @param tagKey where its key stands
 * @param image where the map begins that both are in
 * @param digest beside it; absent where there is none
 */
record TagPin(
    ImageSource.Registry repository,
    Node.Scalar tag,
    Location tagKey,
    Location image,
    List<Node.Scalar> digest) {

  private static final String KIND = "AppSandbox";

  TagPin {
    digest = List.copyOf(digest);
  }

  /** A piece of the text that is replaced. */
  private record Edit(int from, int to, String by) {}

  /** All of a file, in its order. */
  static List<TagPin> in(ReadResult file) {
    var pins = new ArrayList<TagPin>();
    for (Node document : file.documents()) {
      if (Envelope.isOf(document, KIND)
          && document.fields().get("spec") instanceof Node spec
          && spec.fields().get("image") instanceof Node.Mapping image) {
        of(image).ifPresent(pins::add);
      }
    }
    return pins;
  }

  private static Optional<TagPin> of(Node.Mapping image) {
    Map<String, Node> fields = image.fields();
    if (!(fields.get("ref") instanceof Node.Scalar tag)
        || !(fields.get("oci") instanceof Node.Scalar oci)) {
      return Optional.empty();
    }
    if (tag.kind() != Kind.TEXT || !ImageLocation.isTag(tag.text())) {
      throw new CommandException(
          tag.at() + ": this is no tag",
          "Write for example ref: 2.4.1, in quotes if it is a number");
    }
    if (!(ImageLocation.repository(oci.text()).orElse(null)
        instanceof ImageSource.Registry repository)) {
      throw new CommandException(
          oci.at() + ": this is not a repository with its host",
          "Write for example registry.example.com/team/pump");
    }
    List<Node.Scalar> digest =
        fields.get("digest") instanceof Node.Scalar there ? List.of(there) : List.of();
    Location key =
        image.entries().stream()
            .filter(entry -> entry.key().equals("ref"))
            .findFirst()
            .orElseThrow()
            .keyAt();
    return Optional.of(new TagPin(repository, tag, key, image.at(), digest));
  }

  /** As tools write it. */
  String shown() {
    return repository.shown() + ":" + tag.text();
  }

  /** The digest that the file has; empty if it has none. */
  String pinned() {
    return digest.isEmpty() ? "" : digest.getFirst().text();
  }

  /**
   * The text with these digests.
   *
   * @throws CommandException if one could not be written; nothing has happened then
   */
  static String written(String text, Map<TagPin, Sha256> digests) {
    var edits = new ArrayList<Edit>();
    digests.forEach((pin, digest) -> edits.add(pin.edit(text, digest)));
    edits.sort(Comparator.comparingInt(Edit::from).reversed());
    var written = new StringBuilder(text);
    edits.forEach(edit -> written.replace(edit.from(), edit.to(), edit.by()));
    // What the edits make of it is what they should.
    String made = written.toString();
    List<TagPin> now = in(YamlReader.read("", made.getBytes(StandardCharsets.UTF_8)));
    int number = 0;
    for (TagPin pin : in(YamlReader.read("", text.getBytes(StandardCharsets.UTF_8)))) {
      String expected =
          digests.entrySet().stream()
              .filter(it -> it.getKey().image().line() == pin.image().line())
              .filter(it -> it.getKey().image().column() == pin.image().column())
              .map(it -> ImageLocation.ALGORITHM + it.getValue().hex())
              .findFirst()
              .orElse(pin.pinned());
      if (number >= now.size()
          || !now.get(number).pinned().equals(expected)
          || !now.get(number).shown().equals(pin.shown())) {
        throw pin.unwritable(expected);
      }
      number++;
    }
    return made;
  }

  private CommandException unwritable(String digest) {
    return new CommandException(
        image + ": the digest of this image could not be written",
        "Write it yourself: digest: \"%s\"".formatted(digest));
  }

  private Edit edit(String text, Sha256 found) {
    String value = ImageLocation.ALGORITHM + found.hex();
    String quoted = "\"" + value + "\"";
    if (!digest.isEmpty()) {
      int from = offset(text, digest.getFirst().at(), value);
      return new Edit(from, end(text, from, digest.getFirst(), value), quoted);
    }
    int behind = end(text, offset(text, tag.at(), value), tag, value);
    int key = offset(text, tagKey, value);
    if (text.charAt(offset(text, image, value)) == '{') {
      String name = text.charAt(key) == '"' ? "\"digest\"" : "digest";
      return new Edit(behind, behind, ", %s: %s".formatted(name, quoted));
    }
    int lineEnd = text.indexOf('\n', behind);
    String line = " ".repeat(tagKey.column() - 1) + "digest: " + quoted;
    return lineEnd < 0
        ? new Edit(text.length(), text.length(), "\n" + line + "\n")
        : new Edit(lineEnd + 1, lineEnd + 1, line + "\n");
  }

  private int offset(String text, Location at, String value) {
    int start = 0;
    for (int line = 1; line < at.line(); line++) {
      start = text.indexOf('\n', start) + 1;
      if (start == 0) {
        throw unwritable(value);
      }
    }
    try {
      int offset = text.offsetByCodePoints(start, at.column() - 1);
      if (offset >= text.length()) {
        throw unwritable(value);
      }
      return offset;
    } catch (IndexOutOfBoundsException e) {
      throw unwritable(value);
    }
  }

  /** Where a scalar ends; it is written as it reads, with or without quotes. */
  private int end(String text, int from, Node.Scalar scalar, String value) {
    char first = text.charAt(from);
    boolean quoted = first == '"' || first == '\'';
    String token = quoted ? first + scalar.text() + first : scalar.text();
    if (!text.startsWith(token, from)) {
      throw unwritable(value);
    }
    return from + token.length();
  }
}
