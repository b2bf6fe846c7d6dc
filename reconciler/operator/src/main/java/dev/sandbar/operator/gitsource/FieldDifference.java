package dev.sandbar.operator.gitsource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One field that is not as declared.
 *
 * @param declared short text; {@code absent} if Git does not name the field
 * @param observed short text; {@code absent} if the object does not have it
 */
record FieldDifference(String path, String declared, String observed) {
  static final String ABSENT = "absent";

  private static final int LONGEST = 60;
  private static final String HIDDEN = "another value";

  /** Values of the environment of a program may be secrets, against all advice. */
  private static final String ENVIRONMENT = "spec.run.environment.";

  /** A whole object that is not there. */
  static final FieldDifference DELETED = new FieldDifference("the object", "present", ABSENT);

  /** All fields below the path that differ. */
  static List<FieldDifference> between(
      String path, @Nullable Object declared, @Nullable Object observed) {
    var found = new ArrayList<FieldDifference>();
    compare(path, declared, observed, found);
    return List.copyOf(found);
  }

  private static void compare(
      String path,
      @Nullable Object declared,
      @Nullable Object observed,
      List<FieldDifference> found) {
    if (Objects.equals(declared, observed)) {
      return;
    }
    if (declared instanceof Map<?, ?> one && observed instanceof Map<?, ?> other) {
      var keys = new TreeSet<String>();
      one.keySet().forEach(key -> keys.add(String.valueOf(key)));
      other.keySet().forEach(key -> keys.add(String.valueOf(key)));
      for (String key : keys) {
        compare(path + "." + key, one.get(key), other.get(key), found);
      }
      return;
    }
    found.add(new FieldDifference(path, text(path, declared, true), text(path, observed, false)));
  }

  private static String text(String path, @Nullable Object value, boolean declared) {
    if (value == null) {
      return ABSENT;
    }
    if (path.startsWith(ENVIRONMENT)) {
      return declared ? "as in Git" : HIDDEN;
    }
    String text = value.toString().replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", " ");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  @Override
  public String toString() {
    return path + " is " + observed + ", declared is " + declared;
  }
}
