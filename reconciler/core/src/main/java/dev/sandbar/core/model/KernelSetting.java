package dev.sandbar.core.model;

import java.util.Comparator;

/**
 * A setting of the device's kernel (sysctl(8)) that an app needs.
 *
 * @param name with dots, such as {@code net.core.somaxconn}; one of {@link KernelSettings}
 * @param value as the kernel shows it, with one blank between numbers
 */
public record KernelSetting(String name, String value) implements Comparable<KernelSetting> {

  @Override
  public int compareTo(KernelSetting other) {
    return Comparator.comparing(KernelSetting::name)
        .thenComparing(KernelSetting::value)
        .compare(this, other);
  }

  /** {@code net.core.somaxconn=4096}. */
  @Override
  public String toString() {
    return name + "=" + value;
  }
}
