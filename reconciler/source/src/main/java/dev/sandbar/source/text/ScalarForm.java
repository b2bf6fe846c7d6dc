package dev.sandbar.source.text;

import dev.sandbar.core.model.Node.Kind;
import java.util.regex.Pattern;

/**
 * What a plain scalar means, after the core schema of YAML 1.2 (chapter 10.3.2 of its
 * specification). {@code yes}, {@code on} and {@code 1_000} are text there.
 */
final class ScalarForm {
  private static final Pattern NULL = Pattern.compile("|~|null|Null|NULL");
  private static final Pattern BOOLEAN = Pattern.compile("true|True|TRUE|false|False|FALSE");
  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");
  private static final Pattern DECIMAL =
      Pattern.compile(
          "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
              + "|[-+]?(\\.inf|\\.Inf|\\.INF)|\\.nan|\\.NaN|\\.NAN");

  /** What older YAML (1.1) takes for something else than text: readers of our output may use it. */
  private static final Pattern OLD_YAML =
      Pattern.compile(
          "y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|=|<<"
              + "|[-+]?[0-9][0-9_,]*|[-+]?0[bxo][0-9a-fA-F_]+"
              + "|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])++(\\.[0-9_]*)?"
              + "|[-+]?[0-9_]*\\.[0-9_]*([eE][-+]?[0-9]+)?"
              + "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*");

  private ScalarForm() {}

  static Kind kindOf(String plain) {
    if (NULL.matcher(plain).matches()) {
      return Kind.NULL;
    }
    if (BOOLEAN.matcher(plain).matches()) {
      return Kind.BOOLEAN;
    }
    if (INTEGER.matcher(plain).matches()) {
      return Kind.INTEGER;
    }
    return DECIMAL.matcher(plain).matches() ? Kind.DECIMAL : Kind.TEXT;
  }

  /** True if no YAML reader, of 1.1 or 1.2, takes the plain text for something else than text. */
  static boolean isTextEverywhere(String plain) {
    return kindOf(plain) == Kind.TEXT && !OLD_YAML.matcher(plain).matches();
  }
}
