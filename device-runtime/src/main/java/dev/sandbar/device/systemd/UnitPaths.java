package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Unit names as D-Bus object paths and back. systemd writes every byte that is not an ASCII letter
 * or digit, and a digit at the beginning, as {@code _xx} (sd_bus_path_encode(3)).
 */
final class UnitPaths {

  static final String PREFIX = "/org/freedesktop/systemd1/unit/";

  private UnitPaths() {}

  static String of(UnitName unit) {
    var path = new StringBuilder(PREFIX);
    byte[] bytes = unit.value().getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      int c = bytes[i] & 0xff;
      boolean digit = c >= '0' && c <= '9';
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (letter || (digit && i > 0)) {
        path.append((char) c);
      } else {
        path.append('_').append(HexFormat.of().toHexDigits((byte) c));
      }
    }
    return path.toString();
  }

  /** The unit of the path; empty when it is not the path of a unit with a usual name. */
  static Optional<UnitName> unit(String path) {
    if (!path.startsWith(PREFIX)) {
      return Optional.empty();
    }
    var name = new ByteArrayOutputStream();
    for (int i = PREFIX.length(); i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '_') {
        name.write(c);
        continue;
      }
      if (i + 2 >= path.length()
          || !HexFormat.isHexDigit(path.charAt(i + 1))
          || !HexFormat.isHexDigit(path.charAt(i + 2))) {
        return Optional.empty();
      }
      name.write(HexFormat.fromHexDigits(path, i + 1, i + 3));
      i += 2;
    }
    return name(name.toString(StandardCharsets.UTF_8));
  }

  /** The unit of the name; empty for templates and the like, which are never ours. */
  static Optional<UnitName> name(String text) {
    try {
      return Optional.of(new UnitName(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
