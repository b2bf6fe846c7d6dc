package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code readyWhen:} of an app. */
public final class ReadyWhenReader {

  /** The field of a spec. */
  public static final String READY_WHEN = "readyWhen";

  /** Regular expression of {@code reachable}. */
  public static final String SHARES = "All|([1-9][0-9]?|100)%";

  /** What to write for {@code reachable}. */
  public static final String HELP = "write All, or a percentage from 1% to 100% such as 95%";

  private static final String REACHABLE = "reachable";
  private static final String ALL = "All";
  private static final Pattern SHARE = Pattern.compile(SHARES);

  private final NodeValidator expect;

  ReadyWhenReader(DocumentDiagnostics findings) {
    this.expect = new NodeValidator(findings);
  }

  /** What a spec says, however wrong the rest of it is: what cannot be read lowers nothing. */
  public static ReadyWhen alone(Node spec) {
    return Optional.ofNullable(spec.fields().get(READY_WHEN))
        .map(node -> new ReadyWhenReader(new DocumentDiagnostics()).read(node))
        .orElse(ReadyWhen.ALL);
  }

  ReadyWhen read(Node node) {
    String path = "spec." + READY_WHEN;
    var fields = expect.fields(node, path, List.of(REACHABLE));
    return Optional.ofNullable(fields.get(REACHABLE))
        .flatMap(it -> share(it, path + "." + REACHABLE))
        .orElse(ReadyWhen.ALL);
  }

  private Optional<ReadyWhen> share(Node node, String path) {
    Optional<String> text = expect.text(node, path);
    if (text.isPresent() && !SHARE.matcher(text.get()).matches()) {
      expect.invalid(node.at(), path, text.get(), "is not a share of the devices", HELP);
      return Optional.empty();
    }
    return text.filter(it -> !it.equals(ALL))
        .map(it -> new ReadyWhen(Integer.parseInt(it.substring(0, it.length() - 1))));
  }
}
