package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.KernelSettings;
import dev.sandbar.core.model.KernelSettings.Range;
import dev.sandbar.core.model.SpecBounds;
import java.util.Map;
import java.util.stream.Collectors;

/** The schema and the rules of the admission policy for settings of the device's kernel. */
final class KernelSettingRules {

  private static final String SETTINGS = "variables.kernelTuning";
  private static final String VALUE = "string(i.value)";

  private KernelSettingRules() {}

  static ObjectNode field(String name) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    return switch (name) {
      case "name" ->
          schema
              .put("description", "The setting, such as net.core.somaxconn.")
              .put("type", "string")
              .put("maxLength", SpecBounds.LONGEST_NAME);
      case "value" ->
          schema
              .put(
                  "description",
                  "Its value as the kernel shows it: a number, a word, or numbers in quotes with one"
                      + " blank between them.")
              .put("x-kubernetes-int-or-string", true)
              .put("maxLength", SpecBounds.LONGEST_NAME);
      default -> throw new IllegalArgumentException(name);
    };
  }

  static void add(Map<String, String> rules) {
    rules.put(
        "kernelSettings",
        "%s.filter(i, !(i.name in %s)).map(i, \"permissions.kernelTuning: '\" + i.name + %s)"
            .formatted(
                SETTINGS,
                Cel.list(KernelSettings.all().keySet()),
                Cel.text(
                    "' is no setting that an app can ask for: all are in " + KernelSettings.PAGE)));
    rules.put("kernelNumbers", wrong(numbers(), NUMBERS));
    rules.put("kernelWords", wrong(words(), "!(%s in t[i.name])".formatted(VALUE)));
    rules.put(
        "kernelTwice",
        PolicyRules.conflict(
            "%1$s.exists(a, %1$s.filter(b, b.name == a.name).size() > 1)".formatted(SETTINGS),
            "kernelTuning lists a setting twice: remove one of them"));
    rules.put(
        "kernelInOpenMode",
        PolicyRules.conflict(
            "!variables.closed && %s.size() > 0".formatted(SETTINGS),
            "kernelTuning is for apps in closed mode: one in open mode is root, and does it itself:"
                + " use mode: Closed, or remove the line"));
  }

  /** Not as many numbers, out of bounds, or one smaller than the one before it. */
  private static final String NUMBERS =
      ("%1$s.split(' ').size() != t[i.name][0] || %1$s.split(' ').exists(n, !n.matches('^(0|[1-9][0-9]{0,9})$')"
              + " || int(n) < t[i.name][1] || int(n) > t[i.name][2])"
              + " || (t[i.name][0] == 3 && (int(%1$s.split(' ')[0]) > int(%1$s.split(' ')[1])"
              + " || int(%1$s.split(' ')[1]) > int(%1$s.split(' ')[2])))")
          .formatted(VALUE);

  private static String wrong(String table, String wrong) {
    return "[%s].map(t, %s.filter(i, i.name in t && (%s)).map(i, \"permissions.kernelTuning: '\" + %s + \"' is no value that \" + i.name + %s))[0]"
        .formatted(
            table,
            SETTINGS,
            wrong,
            VALUE,
            Cel.text(" may have: all are in " + KernelSettings.PAGE));
  }

  private static String numbers() {
    return KernelSettings.all().entrySet().stream()
        .filter(it -> it.getValue() instanceof Range.Numbers)
        .map(it -> Cel.text(it.getKey()) + ": " + numbers(it.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String numbers(Range range) {
    return switch (range) {
      case Range.Numbers(int count, long least, long most) ->
          "[%d, %d, %d]".formatted(count, least, most);
      case Range.Words _ -> throw new IllegalArgumentException("no numbers");
    };
  }

  private static String words() {
    return KernelSettings.all().entrySet().stream()
        .filter(it -> it.getValue() instanceof Range.Words)
        .map(it -> Cel.text(it.getKey()) + ": " + words(it.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String words(Range range) {
    return switch (range) {
      case Range.Words(var words) -> Cel.list(words);
      case Range.Numbers _ -> throw new IllegalArgumentException("no words");
    };
  }
}
