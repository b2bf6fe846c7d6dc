package dev.sandbar.device.store;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The platform of an image, by which an index of a registry lists its manifests.
 *
 * @param architecture as Go names it (GOARCH), which is how registries do
 * @param variants of the architecture that run here, the best first; an empty one where none is
 *     named
 */
public record Platform(String architecture, List<String> variants) {

  /** The operating system of every device. */
  static final String SYSTEM = "linux";

  private static final Pattern WRITTEN =
      Pattern.compile(SYSTEM + "/([a-z0-9]{1,16})(?:/([a-z0-9]{1,8}))?");

  /** The machine that this runs on. */
  public static final Platform OF_THIS_MACHINE = of(System.getProperty("os.arch", ""));

  public Platform {
    variants = List.copyOf(variants);
  }

  /**
   * The platform as container tools write it: {@code linux/arm64}, {@code linux/arm/v7}; empty if
   * the text is none.
   */
  public static Optional<Platform> read(String text) {
    Matcher written = WRITTEN.matcher(text);
    if (!written.matches()) {
      return Optional.empty();
    }
    Platform platform = of(written.group(1));
    String variant = written.group(2);
    return Optional.of(
        variant == null ? platform : new Platform(platform.architecture, List.of(variant, "")));
  }

  /**
   * The platform of an architecture as Java names it.
   *
   * @param java value of the property {@code os.arch}
   */
  static Platform of(String java) {
    return switch (java) {
      case "amd64", "x86_64" -> new Platform("amd64", List.of("", "v1"));
      case "aarch64", "arm64" -> new Platform("arm64", List.of("v8", ""));
      // Java needs the instructions of the seventh version; the sixth runs there too.
      case "arm" -> new Platform("arm", List.of("v7", "v6", ""));
      case "i386", "i686", "x86" -> new Platform("386", List.of(""));
      default -> new Platform(java, List.of(""));
    };
  }
}
