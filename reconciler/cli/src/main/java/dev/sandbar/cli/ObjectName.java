package dev.sandbar.cli;

import dev.sandbar.cli.FleetObject.Kind;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The name of an object, also in the form of {@code -o name}: {@code device.sandbar.dev/pump-1}.
 */
abstract class ObjectName implements ITypeConverter<String> {
  private final List<Kind> kinds;

  private ObjectName(Kind... kinds) {
    this.kinds = List.of(kinds);
  }

  /** Of a device. */
  static final class OfDevice extends ObjectName {
    OfDevice() {
      super(Kind.DEVICE);
    }
  }

  /** Of an app. */
  static final class OfApp extends ObjectName {
    OfApp() {
      super(Kind.APP);
    }
  }

  /** Of an app or a device. */
  static final class OfBoth extends ObjectName {
    OfBoth() {
      super(Kind.APP, Kind.DEVICE);
    }
  }

  @Override
  public String convert(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return text;
    }
    String kind = text.substring(0, slash);
    if (kinds.stream().noneMatch(it -> it.words().contains(kind))) {
      throw new TypeConversionException(
          text + " is no " + String.join(" or ", kinds.stream().map(Kind::word).toList()));
    }
    return text.substring(slash + 1);
  }
}
