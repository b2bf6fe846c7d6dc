package dev.sandbar.core.model;

/**
 * Which value of which Secret of Kubernetes, as a secretKeyRef has it. Names and keys have the form
 * of those of ConfigMaps, and are checked for the same reason.
 *
 * @param name of the Secret
 * @param key of the value in its {@code data}
 */
public record SecretRef(String name, String key) implements Comparable<SecretRef> {

  public SecretRef {
    if (!ConfigMapKey.isName(name) || !ConfigMapKey.isKey(key)) {
      throw new IllegalArgumentException("no key of a Secret");
    }
  }

  @Override
  public int compareTo(SecretRef other) {
    int order = name.compareTo(other.name);
    return order != 0 ? order : key.compareTo(other.key);
  }

  /** As in a message. */
  @Override
  public String toString() {
    return "key '" + key + "' of Secret '" + name + "'";
  }
}
