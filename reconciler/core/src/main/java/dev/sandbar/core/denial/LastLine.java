package dev.sandbar.core.denial;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.SafeText;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The last line of an app that failed, for its status. More people read a status than the journal
 * of a device, so it is short and visible, what looks like a secret is masked, and of an app that
 * was given secrets there is none.
 */
public final class LastLine {

  private static final int LONGEST = 160;

  /** More of it is not looked at; what is masked becomes shorter. */
  private static final int LONGEST_READ = 1000;

  private static final String MASK = "***";

  /** Name and password in an address. */
  private static final Pattern LOGIN = Pattern.compile("://[^/\\s@]*+@");

  /** Whatever follows: the scheme, and then more words. */
  private static final Pattern HEADER =
      Pattern.compile("(?i)((?:authorization|cookie)[\"']?\\s*[=:]\\s*+).+");

  private static final String VALUE = "(?:\"[^\"]*+\"?+|'[^']*+'?+|[^\\s,;]++)";

  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)((?:pass|pwd|secret|token|key|auth|credential|cookie|session|pin)[a-z]*+[\"']?+\\s*+"
              + "[=:]\\s*+)"
              + VALUE);

  /** In a sentence. */
  private static final Pattern SPOKEN =
      Pattern.compile("(?i)((?:password|passphrase|passwd|token|secret|bearer) )" + VALUE);

  /** Hexadecimal or base64, and longer than what people name. */
  private static final Pattern RANDOM =
      Pattern.compile("(?=[A-Za-z_+=-]*[0-9])[A-Za-z0-9_+=-]{20,}");

  private LastLine() {}

  /**
   * The line in quotes.
   *
   * @param lines that the app wrote, oldest first
   * @return empty if there is none to show
   */
  public static String of(List<String> lines, AppSpec app) {
    if (!app.secrets().isEmpty()) {
      return "";
    }
    String last =
        lines.stream().filter(line -> !line.isBlank()).reduce("", (_, line) -> line).strip();
    String masked = masked(SafeText.visible(SafeText.cut(last, LONGEST_READ)));
    return masked.isEmpty()
        ? ""
        : masked.length() > LONGEST
            ? '"' + SafeText.cut(masked, LONGEST) + "...\""
            : '"' + masked + '"';
  }

  private static String masked(String line) {
    String addresses = LOGIN.matcher(line).replaceAll("://" + MASK + "@");
    String headers = HEADER.matcher(addresses).replaceAll("$1" + MASK);
    String named = NAMED.matcher(headers).replaceAll("$1" + MASK);
    String spoken = SPOKEN.matcher(named).replaceAll("$1" + MASK);
    return RANDOM.matcher(spoken).replaceAll(MASK);
  }
}
