package dev.sandbar.core.model;

import java.util.regex.Pattern;

/**
 * Which value of which ConfigMap, as a configMapKeyRef of Kubernetes has it. Both are checked
 * before there is one: the name becomes part of a path of the API server, and with {@code ../} in
 * it would lead to any other object.
 *
 * @param name of the ConfigMap
 * @param key of the value in its {@code data}
 */
public record ConfigMapKey(String name, String key) implements Comparable<ConfigMapKey> {

  /** The longest name, and the longest key. */
  public static final int LONGEST = 253;

  /** Names of ConfigMaps, as a regular expression. */
  public static final String NAMES =
      "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*+";

  /** Keys of their data, as a regular expression. */
  public static final String KEYS = "[.]?[-_a-zA-Z0-9][-._a-zA-Z0-9]*";

  /** What a name can be. */
  public static final String NAME_HELP =
      "use at most %d of a-z, 0-9, and inner '-' and '.'".formatted(LONGEST);

  /** What a key can be. */
  public static final String KEY_HELP =
      "use at most %d of a-z, A-Z, 0-9, '-', '_' and '.', and not two dots at the beginning"
          .formatted(LONGEST);

  private static final Pattern NAME = Pattern.compile(NAMES);
  private static final Pattern KEY = Pattern.compile(KEYS);

  public ConfigMapKey {
    if (!isName(name) || !isKey(key)) {
      throw new IllegalArgumentException("no key of a ConfigMap");
    }
  }

  /** Whether a ConfigMap can have this name. */
  public static boolean isName(String text) {
    return text.length() <= LONGEST && NAME.matcher(text).matches();
  }

  /** Whether a value of a ConfigMap can have this key. */
  public static boolean isKey(String text) {
    return text.length() <= LONGEST && KEY.matcher(text).matches();
  }

  @Override
  public int compareTo(ConfigMapKey other) {
    int order = name.compareTo(other.name);
    return order != 0 ? order : key.compareTo(other.key);
  }

  /** As in a message. */
  @Override
  public String toString() {
    return "key '" + key + "' of ConfigMap '" + name + "'";
  }
}
