package dev.sandbar.core.denial;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.SafeText;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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

  /** Directives that give a program what lies on the device. */
  private static final Pattern BRINGING =
      Pattern.compile(
          "(Load|Set|Import)Credential.*|EnvironmentFile|PassEnvironment|StandardInput.*|OpenFile");

  private LastLine() {}

  /**
   * The line in quotes.
   *
   * @param lines that the app wrote, oldest first
   * @return empty if there is none to show
   */
  public static String of(List<String> lines, AppSpec app) {
    if (mayKnowSecrets(app)) {
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

  /**
   * Whether the app has something that those who read its spec may not: a service of the device has
   * the settings that its own unit gives it.
   */
  private static boolean mayKnowSecrets(AppSpec app) {
    return !app.secrets().isEmpty()
        || app.run().adopts()
        || Stream.concat(
                app.directives().stream().map(AppSpec.RawDirective::name),
                app.raw().stream().map(OpenedWall::directive))
            .anyMatch(name -> BRINGING.matcher(name).matches());
  }

  private static String masked(String line) {
    String addresses = LOGIN.matcher(line).replaceAll("://" + MASK + "@");
    String headers = HEADER.matcher(addresses).replaceAll("$1" + MASK);
    String named = NAMED.matcher(headers).replaceAll("$1" + MASK);
    String spoken = SPOKEN.matcher(named).replaceAll("$1" + MASK);
    return RANDOM.matcher(spoken).replaceAll(MASK);
  }
}
