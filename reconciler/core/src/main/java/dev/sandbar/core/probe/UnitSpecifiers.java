package dev.sandbar.core.probe;

import dev.sandbar.core.model.UnitName;

/**
 * What systemd puts in for the name of a unit (systemd.unit(5), Specifiers), for settings of a unit
 * that are written into another one.
 *
 * @param instance behind the {@code @}, as it is written; empty without one
 */
record UnitSpecifiers(String name, String prefix, String instance) {

  static UnitSpecifiers of(UnitName unit) {
    String name = unit.value().substring(0, unit.value().lastIndexOf('.'));
    int at = name.indexOf('@');
    return at < 0
        ? new UnitSpecifiers(name, name, "")
        : new UnitSpecifiers(name, name.substring(0, at), name.substring(at + 1));
  }

  /** Of the escapes of systemd-escape(1) the commonest; a byte that is written in digits stays. */
  private static String unescaped(String escaped) {
    return escaped.replace('-', '/').replace("\\x2d", "-");
  }

  /** The value with what these stand for; every other specifier means the same in any unit. */
  String in(String value) {
    var text = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c != '%' || i + 1 == value.length()) {
        text.append(c);
        continue;
      }
      i++;
      switch (value.charAt(i)) {
        case 'n' -> text.append(name).append(".service");
        case 'N' -> text.append(name);
        case 'p', 'P' -> text.append(prefix);
        case 'i' -> text.append(instance);
        case 'I' -> text.append(unescaped(instance));
        case 'j', 'J' -> text.append(prefix.substring(prefix.lastIndexOf('-') + 1));
        default -> text.append('%').append(value.charAt(i));
      }
    }
    return text.toString();
  }
}
