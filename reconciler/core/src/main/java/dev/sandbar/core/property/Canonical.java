package dev.sandbar.core.property;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Turns what systemd reports into {@link Value}s. */
public final class Canonical {

  private Canonical() {}

  /**
   * What a unit's D-Bus properties say of every known directive that they show, by directive name.
   *
   * @param properties of the unit's {@code Service} and {@code Unit} interfaces
   */
  public static SortedMap<String, Value> all(Map<String, Raw> properties, int systemdVersion) {
    var values = new TreeMap<String, Value>();
    for (DirectiveInfo directive : DirectiveTable.all().values()) {
      of(directive, properties, systemdVersion).ifPresent(v -> values.put(directive.name(), v));
    }
    return Collections.unmodifiableSortedMap(values);
  }

  /**
   * What the properties say of one directive; empty if this version of systemd does not show it.
   *
   * @throws IllegalArgumentException if a property is not of its documented type
   */
  public static Optional<Value> of(
      DirectiveInfo directive, Map<String, Raw> properties, int systemdVersion) {
    Raw raw = null;
    for (String name : directive.properties()) {
      raw = properties.get(name);
      if (raw != null && !(directive.syntax() == Syntax.ROOT_HASH && isEmpty(raw))) {
        break;
      }
    }
    if (raw == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(value(directive, raw, second(directive, properties, raw), systemdVersion));
    } catch (ClassCastException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("unexpected type of property " + directive.name(), e);
    }
  }

  /** The property that completes the first: the soft limit, the symbolic links. */
  private static Raw second(DirectiveInfo directive, Map<String, Raw> properties, Raw first) {
    Raw second = properties.get(secondName(directive));
    return second == null ? first : second;
  }

  static String secondName(DirectiveInfo directive) {
    return directive.name() + (directive.syntax() == Syntax.DIRECTORIES ? "Symlink" : "Soft");
  }

  private static boolean isEmpty(Raw raw) {
    return raw instanceof Raw.Array array && array.items().isEmpty();
  }

  private static Value value(DirectiveInfo directive, Raw raw, Raw second, int systemdVersion) {
    Syntax syntax = directive.syntax();
    return switch (syntax) {
      case FLAG, DELEGATE -> new Value.Flag(((Raw.Bool) raw).value());
      case WORD -> new Value.Text(UnitText.word(directive, word(raw)));
      case LINE, STREAM -> new Value.Text(str(raw));
      case PATH -> new Value.Text(Forms.path(str(raw)));
      case LABEL -> {
        List<Raw> fields = fields(raw);
        yield new Value.Text(Forms.label(((Raw.Bool) fields.get(0)).value(), str(fields.get(1))));
      }
      case OPAQUE -> new Value.Text(flat(raw));
      case OCTAL -> new Value.Text(Forms.octal(num(raw)));
      case SIGNED -> new Value.Text(Long.toString(num(raw)));
      case SIGNAL -> new Value.Text(Vocabulary.signal(num(raw)));
      case SCHEDULER, IO_CLASS, LOG_LEVEL, LOG_FACILITY ->
          new Value.Text(Vocabulary.enumWord(syntax, num(raw)));
      case ERRNO -> new Value.Text(Vocabulary.errno(num(raw)));
      case LIMIT_SIZE, LIMIT_COUNT, LIMIT_SECONDS, LIMIT_MICROS, LIMIT_NICE ->
          new Value.Text(Numbers.showLimit(num(second), num(raw)));
      case ROOT_HASH ->
          new Value.Text(
              raw instanceof Raw.Str path
                  ? Forms.path(path.text())
                  : HexFormat.of().formatHex(bytes(raw)));
      case COUNT, SIZE, TIME, TIMEOUT, QUOTA, WEIGHT -> new Value.Amount(num(raw));
      case COMMANDS, SEARCH_PATH, ENVIRONMENT_FILES, PAIRS ->
          new Value.Items(items(raw).stream().map(r -> item(syntax, r)).toList());
      case WORDS, PATHS, BINDS, CIDRS, BIND_RULES, CREDENTIALS, IMPORTS, LOG_FIELDS ->
          new Value.Names(
              items(raw).stream()
                  .map(r -> BusNames.name(syntax, r))
                  .collect(Collectors.toCollection(TreeSet::new)));
      case DIRECTORIES -> new Value.Names(BusNames.directories(items(raw), items(second)));
      case EXIT_STATUS -> new Value.Names(exitStatus(raw));
      case CPUS -> new Value.Names(bits(bytes(raw)));
      case DEVICE_RATES, DEVICES, MOUNTS, ENVIRONMENT, SET_CREDENTIALS ->
          new Value.Keyed(keyed(syntax, raw));
      case FILTER, FAMILIES, SYSCALLS -> filter(syntax, raw);
      case CAPABILITIES, NAMESPACES, SECURE_BITS, MOUNT_FLAGS ->
          new Value.Names(Masks.names(syntax, num(raw), systemdVersion));
    };
  }

  static String str(Raw raw) {
    return ((Raw.Str) raw).text();
  }

  static long num(Raw raw) {
    return ((Raw.Int) raw).bits();
  }

  static List<Raw> items(Raw raw) {
    return ((Raw.Array) raw).items();
  }

  static List<Raw> fields(Raw raw) {
    return ((Raw.Tuple) raw).fields();
  }

  static byte[] bytes(Raw raw) {
    List<Raw> items = items(raw);
    byte[] bytes = new byte[items.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) num(items.get(i));
    }
    return bytes;
  }

  private static String word(Raw raw) {
    return switch (raw) {
      case Raw.Bool flag -> flag.value() ? "yes" : "no";
      case Raw.Str text -> Numbers.word(text.text());
      case Raw.Tuple tuple -> {
        String first = str(tuple.fields().getFirst());
        String second = tuple.fields().size() > 1 ? str(tuple.fields().get(1)) : "";
        yield second.isEmpty() ? first : first + ":" + second;
      }
      case Raw.Int number -> Long.toString(number.bits());
      case Raw.Real number -> Double.toString(number.value());
      case Raw.Array _ -> throw new IllegalArgumentException("an array is not a word");
    };
  }

  private static String item(Syntax syntax, Raw raw) {
    if (syntax == Syntax.SEARCH_PATH) {
      return str(raw);
    }
    List<Raw> fields = fields(raw);
    return switch (syntax) {
      case ENVIRONMENT_FILES ->
          Forms.label(((Raw.Bool) fields.get(1)).value(), str(fields.getFirst()));
      case PAIRS -> str(fields.getFirst()) + ":" + str(fields.get(1));
      default -> {
        List<String> argv = items(fields.get(1)).stream().map(Canonical::str).toList();
        var flags = new TreeSet<String>();
        switch (fields.get(2)) {
          case Raw.Bool ignore when ignore.value() -> flags.add("ignore-failure");
          case Raw.Array list -> list.items().forEach(f -> flags.add(str(f)));
          default -> {}
        }
        yield Forms.command(flags, str(fields.getFirst()), argv);
      }
    };
  }

  private static SortedSet<String> exitStatus(Raw raw) {
    var names = new TreeSet<String>();
    items(fields(raw).getFirst()).forEach(code -> names.add(Long.toString(num(code))));
    items(fields(raw).get(1)).forEach(signal -> names.add(Vocabulary.signal(num(signal))));
    return names;
  }

  private static SortedSet<String> bits(byte[] mask) {
    var names = new TreeSet<String>();
    for (int i = 0; i < mask.length * 8; i++) {
      if ((mask[i / 8] & (1 << (i % 8))) != 0) {
        names.add(Integer.toString(i));
      }
    }
    return names;
  }

  private static TreeMap<String, String> keyed(Syntax syntax, Raw raw) {
    var entries = new TreeMap<String, String>();
    for (Raw item : items(raw)) {
      switch (syntax) {
        case ENVIRONMENT -> UnitText.variable(entries, str(item));
        case SET_CREDENTIALS ->
            entries.put(
                str(fields(item).getFirst()),
                Forms.digest(new String(bytes(fields(item).get(1)), StandardCharsets.UTF_8)));
        case DEVICE_RATES ->
            entries.put(str(fields(item).getFirst()), Numbers.showAmount(num(fields(item).get(1))));
        case DEVICES ->
            // An older systemd lists a device once per line; what it allows is the union.
            entries.merge(
                str(fields(item).getFirst()), str(fields(item).get(1)), BusNames::unionOfAccess);
        default -> entries.put(str(fields(item).getFirst()), str(fields(item).get(1)));
      }
    }
    return entries;
  }

  private static Value filter(Syntax syntax, Raw raw) {
    var names = new TreeSet<String>();
    for (Raw item : items(fields(raw).get(1))) {
      names.add(syntax == Syntax.FAMILIES ? Vocabulary.family(str(item)) : str(item));
    }
    return new Value.Filter(((Raw.Bool) fields(raw).getFirst()).value(), names);
  }

  /** Any value as one text, without its structure. */
  private static String flat(Raw raw) {
    return switch (raw) {
      case Raw.Bool flag -> flag.value() ? "yes" : "no";
      case Raw.Int number -> Long.toUnsignedString(number.bits());
      case Raw.Real number -> Double.toString(number.value());
      case Raw.Str text -> text.text();
      case Raw.Array array -> join(array.items());
      case Raw.Tuple tuple -> join(tuple.fields());
    };
  }

  private static String join(List<Raw> parts) {
    var texts = new ArrayList<String>();
    parts.forEach(p -> texts.add(flat(p)));
    return String.join(" ", texts);
  }
}
