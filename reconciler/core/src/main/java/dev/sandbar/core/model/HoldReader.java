package dev.sandbar.core.model;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Reads {@code hold:} of an app, and of a Device. */
public final class HoldReader {

  /** The field of a spec. */
  public static final String HOLD = "hold";

  /** The fields of it. */
  public static final List<String> FIELDS = List.of("reason", "until");

  /** The longest reason, in characters. */
  public static final int LONGEST_REASON = 256;

  /** Regular expression of reasons: one line. */
  public static final String REASONS = "[^\\x00-\\x1f\\x7f]*";

  /** Regular expression of times (RFC 3339); 29 February is in each year. */
  public static final String TIMES =
      "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
          + "|02-(0[1-9]|[12][0-9]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
          + "([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])";

  /** What to write for a time. */
  public static final String TIME_HELP = "write a time such as 2026-12-24T18:00:00Z";

  private static final Pattern REASON = Pattern.compile(REASONS);
  private static final Pattern TIME = Pattern.compile(TIMES);

  private final NodeValidator expect;

  HoldReader(DocumentDiagnostics findings) {
    this.expect = new NodeValidator(findings);
  }

  /** What a spec says, however wrong the rest of it is: what cannot be read releases nothing. */
  public static HoldSpec alone(Node spec) {
    Node hold = spec.fields().get(HOLD);
    if (hold == null || (hold instanceof Node.Scalar(_, var kind, _) && kind == Node.Kind.NULL)) {
      return HoldSpec.NONE;
    }
    return of(text(hold, "reason"), text(hold, "until"));
  }

  /**
   * By the texts of its fields.
   *
   * @param reason empty, and as if it were if it is not a line
   * @param until empty for never, and as if it were if it is not a time
   */
  public static HoldSpec of(String reason, String until) {
    return new HoldSpec(isLine(reason) ? reason : "", time(until).orElse(Instant.MAX));
  }

  private static String text(Node hold, String field) {
    return hold.fields().get(field) instanceof Node.Scalar(_, _, var text) ? text : "";
  }

  /** Whether it can be a reason. */
  public static boolean isLine(String text) {
    return text.length() <= LONGEST_REASON && REASON.matcher(text).matches();
  }

  /** As it stands in a spec. */
  public static Node node(HoldSpec hold) {
    var fields = new ArrayList<Node.Entry>();
    if (!hold.reason().isEmpty()) {
      fields.add(Node.entry("reason", Node.text(hold.reason())));
    }
    if (!hold.until().equals(Instant.MAX)) {
      fields.add(Node.entry("until", Node.text(hold.until().toString())));
    }
    return Node.mapping(fields);
  }

  HoldSpec read(Node node) {
    Map<String, Node> fields = expect.fields(node, "spec.hold", FIELDS);
    String reason =
        Optional.ofNullable(fields.get("reason"))
            .flatMap(
                n ->
                    checked(
                        n,
                        "spec.hold.reason",
                        HoldReader::isLine,
                        "is not one line of at most %d characters".formatted(LONGEST_REASON),
                        "shorten it"))
            .orElse("");
    Instant until =
        Optional.ofNullable(fields.get("until"))
            .flatMap(
                n ->
                    checked(
                        n,
                        "spec.hold.until",
                        text -> time(text).isPresent(),
                        "is not a time",
                        TIME_HELP))
            .flatMap(HoldReader::time)
            .orElse(Instant.MAX);
    return new HoldSpec(reason, until);
  }

  private Optional<String> checked(
      Node node, String place, Predicate<String> good, String why, String help) {
    Optional<String> text = expect.text(node, place);
    if (text.isPresent() && !good.test(text.get())) {
      expect.invalid(node.at(), place, text.get(), why, help);
      return Optional.empty();
    }
    return text;
  }

  private static Optional<Instant> time(String text) {
    try {
      return TIME.matcher(text).matches()
          ? Optional.of(OffsetDateTime.parse(text).toInstant())
          : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
