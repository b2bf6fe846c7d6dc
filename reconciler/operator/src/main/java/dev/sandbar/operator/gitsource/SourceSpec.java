package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.plan.PruneGuard;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A GitSource's spec with its defaults. Read field by field: a value that an older schema has let
 * in is in the status of its own object and stops no other.
 *
 * @param ref {@code HEAD} for the default branch
 * @param path empty for all of the repository
 * @param correct whether what is changed by hand is put back
 * @param secret name of the Secret with the credentials; empty if there is none
 * @param webhookSecret name of the Secret with the key of pushes; empty if there is none
 */
record SourceSpec(
    String url,
    String ref,
    String path,
    Duration interval,
    Duration timeout,
    boolean prune,
    PruneGuard.Consent removals,
    boolean suspend,
    boolean correct,
    String secret,
    String webhookSecret) {

  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(10);
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,5})(ms|s|m|h)");

  /** What the spec says, or what is wrong with it. */
  sealed interface Outcome {
    /** It can be used. */
    record Usable(SourceSpec spec) implements Outcome {}

    /** It cannot, for these reasons. */
    record Invalid(List<Diagnostic> problems) implements Outcome {}
  }

  static Outcome read(GenericKubernetesResource source) {
    var reader = new Reader(fields(source.getAdditionalProperties().get("spec")));
    var spec =
        new SourceSpec(
            reader.text("url", ""),
            reader.text("ref", "HEAD"),
            reader.text("path", ""),
            reader.duration("interval"),
            reader.duration("timeout"),
            prunes(source),
            reader.removals(),
            reader.flag("suspend", false),
            reader.word("drift", "Correct", List.of("Correct", "Detect")).equals("Correct"),
            reader.name("secretRef"),
            reader.name("webhookSecretRef"));
    if (spec.url.isEmpty() && reader.problems.isEmpty()) {
      reader.problem("spec.url is missing", "Write the address of the repository");
    }
    return reader.problems.isEmpty()
        ? new Outcome.Usable(spec)
        : new Outcome.Invalid(List.copyOf(reader.problems));
  }

  /** Whether what the source owns goes when it goes; also of a spec that is not usable. */
  static boolean prunes(GenericKubernetesResource source) {
    return !Boolean.FALSE.equals(fields(source.getAdditionalProperties().get("spec")).get("prune"));
  }

  static boolean suspends(GenericKubernetesResource source) {
    return Boolean.TRUE.equals(fields(source.getAdditionalProperties().get("spec")).get("suspend"));
  }

  /** Name of the Secret with the key of pushes, also of a spec that is not usable. */
  static Optional<String> webhookSecret(GenericKubernetesResource source) {
    Map<?, ?> spec = fields(source.getAdditionalProperties().get("spec"));
    return fields(spec.get("webhookSecretRef")).get("name") instanceof String name
            && !name.isEmpty()
        ? Optional.of(name)
        : Optional.empty();
  }

  Duration boundedTimeout() {
    return timeout.compareTo(LONGEST_TIMEOUT) < 0 ? timeout : LONGEST_TIMEOUT;
  }

  private static Map<?, ?> fields(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static final class Reader {
    private final Map<?, ?> fields;
    private final List<Diagnostic> problems = new ArrayList<>();

    Reader(Map<?, ?> fields) {
      this.fields = fields;
    }

    String text(String key, String otherwise) {
      return switch (fields.get(key)) {
        case null -> otherwise;
        case String text -> text.isEmpty() ? otherwise : text;
        default -> {
          problem("spec." + key + " is not text", "Write text");
          yield otherwise;
        }
      };
    }

    String word(String key, String otherwise, List<String> words) {
      String word = text(key, otherwise);
      if (!words.contains(word)) {
        problem("spec." + key + " is neither of " + words, "Write one of them");
      }
      return word;
    }

    boolean flag(String key, boolean otherwise) {
      return switch (fields.get(key)) {
        case null -> otherwise;
        case Boolean flag -> flag;
        default -> {
          problem("spec." + key + " is neither true nor false", "Write one of them");
          yield otherwise;
        }
      };
    }

    Duration duration(String key) {
      String text = text(key, "1m");
      var matcher = DURATION.matcher(text);
      if (!matcher.matches()) {
        problem("spec." + key + " is not a length of time", "Write for example 30s, 5m or 1h");
        return MINUTE;
      }
      long count = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            default -> Duration.ofHours(count);
          };
      if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
        problem("spec." + key + " is less than a second", "Write at least 1s");
        return MINUTE;
      }
      return duration;
    }

    PruneGuard.Consent removals() {
      return switch (fields.get("maxRemovals")) {
        case null -> PruneGuard.Consent.NONE;
        case Number number when number.longValue() >= 0 ->
            PruneGuard.Consent.to((int) Math.min(number.longValue(), Integer.MAX_VALUE));
        default -> {
          problem("spec.maxRemovals is not a whole number", "Write for example 10");
          yield PruneGuard.Consent.NONE;
        }
      };
    }

    String name(String key) {
      return fields(fields.get(key)).get("name") instanceof String name ? name : "";
    }

    void problem(String message, String help) {
      problems.add(Diagnostic.error(Problem.INVALID_VALUE, Location.NOWHERE, message, help));
    }
  }
}
