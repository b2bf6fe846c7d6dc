package dev.sandbar.device.report;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** One drift as it is sent to people: it began ({@link Firing}) or it ended ({@link Resolved}). */
public sealed interface DriftAlert {

  /** What it is about; the same for the beginning and the end of one drift. */
  Cause cause();

  /** When this event happened: the beginning of a firing alert, the end of a resolved one. */
  Instant at();

  /** The drift is there. */
  record Firing(Cause cause) implements DriftAlert {
    @Override
    public Instant at() {
      return cause.startsAt();
    }
  }

  /** The drift is gone. */
  record Resolved(Cause cause, Instant endsAt) implements DriftAlert {
    public Resolved {
      // Alertmanager refuses an alert that ends before it began, which a corrected clock can cause.
      if (endsAt.isBefore(cause.startsAt())) {
        endsAt = cause.startsAt();
      }
    }

    @Override
    public Instant at() {
      return endsAt;
    }
  }

  /** The text, or its beginning. */
  static String cut(String value, int longest) {
    // JSON has no word for half a surrogate pair.
    String text = new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    if (text.length() <= longest) {
      return text;
    }
    int end = longest - 1;
    // Half a surrogate pair is not valid text: strict receivers refuse the whole message.
    if (Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end) + "…";
  }

  /** How bad it is; the names that Flux events use. */
  enum Severity {
    INFO,
    ERROR;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Why the alert exists. */
  enum Reason {
    /** The device is not as declared. */
    DRIFT_DETECTED("DriftDetected", "NoDriftDetected"),
    /** Something undoes every correction. */
    FIGHT_DETECTED("FightDetected", "FightEnded");

    private final String began;
    private final String ended;

    Reason(String began, String ended) {
      this.began = began;
      this.ended = ended;
    }

    String began() {
      return began;
    }

    String ended() {
      return ended;
    }
  }

  /**
   * What makes two alerts the same one: an alert that fires again under the same identity replaces
   * the first, and the end of an alert finds its beginning by it.
   */
  record Identity(
      String device, String app, String unit, String layer, String subject, Reason reason) {}

  /**
   * What drifted. The caller masks values that may be secret; values of directives that hold
   * secrets by nature ({@code Environment}, {@code SetCredential}) are masked here too, so that a
   * slip elsewhere cannot publish one. Texts longer than their bound are cut.
   *
   * @param layer where it was seen, for example {@code manager}
   * @param subject the directive, file or state that differs, at most 512 characters
   * @param declared what should be, at most 4096 characters
   * @param observed what is, at most 4096 characters
   * @param startsAt since when
   * @param revision what the declaration came from, for example {@code main@sha1:...}
   * @param severity stays the same while the drift lasts: Alertmanager takes it as part of the
   *     identity
   */
  record Cause(
      String device,
      String app,
      String unit,
      String layer,
      String subject,
      String declared,
      String observed,
      Instant startsAt,
      String revision,
      Severity severity,
      Reason reason) {

    /** What stands in place of a value that may be secret. */
    public static final String HIDDEN = "(hidden)";

    private static final int LONGEST_SUBJECT = 512;
    private static final int LONGEST_VALUE = 4096;
    private static final Pattern DIRECTIVE = Pattern.compile("^[A-Za-z]+");
    private static final Set<String> SECRET_DIRECTIVES =
        Set.of("environment", "setcredential", "setcredentialencrypted");

    public Cause {
      boolean secret = holdsSecrets(subject);
      subject = cut(secret ? directive(subject) : subject, LONGEST_SUBJECT);
      declared = secret ? HIDDEN : cut(declared, LONGEST_VALUE);
      observed = secret ? HIDDEN : cut(observed, LONGEST_VALUE);
    }

    /** What makes it the same alert. */
    public Identity identity() {
      return new Identity(device, app, unit, layer, subject, reason);
    }

    private static String directive(String subject) {
      var matcher = DIRECTIVE.matcher(subject);
      return matcher.find() ? matcher.group() : subject;
    }

    private static boolean holdsSecrets(String subject) {
      return SECRET_DIRECTIVES.contains(directive(subject).toLowerCase(Locale.ROOT));
    }
  }
}
