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
import java.util.function.BiConsumer;
import java.util.function.Function;
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
      case DIRECTORY_QUOTA -> new Value.Text(BusNames.quota(fields(raw)));
      case ROOT_HASH ->
          new Value.Text(
              raw instanceof Raw.Str path
                  ? Forms.path(path.text())
                  : HexFormat.of().formatHex(bytes(raw)));
      case COUNT, SIZE, TIME, TIMEOUT, QUOTA, WEIGHT -> new Value.Amount(num(raw));
      case COMMANDS -> new Value.Items(items(raw).stream().map(Canonical::command).toList());
      case SEARCH_PATH -> new Value.Items(items(raw).stream().map(Canonical::str).toList());
      case ENVIRONMENT_FILES ->
          new Value.Items(items(raw).stream().map(Canonical::optionalFile).toList());
      case PAIRS -> new Value.Items(items(raw).stream().map(BusNames::pair).toList());
      case WORDS -> names(raw, Canonical::str);
      case PATHS -> names(raw, it -> Forms.path(str(it)));
      case BINDS -> names(raw, BusNames::bind);
      case CIDRS -> names(raw, BusNames::cidr);
      case BIND_RULES -> names(raw, BusNames::bindRule);
      case CREDENTIALS -> names(raw, BusNames::pair);
      case IMPORTS -> names(raw, BusNames::imported);
      case LOG_FIELDS -> names(raw, it -> new String(bytes(it), StandardCharsets.UTF_8));
      case DIRECTORIES -> new Value.Names(BusNames.directories(items(raw), items(second)));
      case EXIT_STATUS -> new Value.Names(exitStatus(raw));
      case CPUS -> new Value.Names(bits(bytes(raw)));
      case DEVICE_RATES ->
          keyed(
              raw,
              (entries, f) -> entries.put(str(f.getFirst()), Numbers.showAmount(num(f.get(1)))));
      // An older systemd lists a device once per line; what it allows is the union.
      case DEVICES ->
          keyed(
              raw,
              (entries, f) ->
                  entries.merge(str(f.getFirst()), str(f.get(1)), BusNames::unionOfAccess));
      case MOUNTS -> keyed(raw, (entries, f) -> entries.put(str(f.getFirst()), str(f.get(1))));
      case SET_CREDENTIALS ->
          keyed(
              raw,
              (entries, f) ->
                  entries.put(
                      str(f.getFirst()),
                      Forms.digest(new String(bytes(f.get(1)), StandardCharsets.UTF_8))));
      case ENVIRONMENT -> {
        var entries = new TreeMap<String, String>();
        items(raw).forEach(item -> UnitText.variable(entries, str(item)));
        yield new Value.Keyed(entries);
      }
      case FILTER, SYSCALLS -> filter(raw, Canonical::str);
      case FAMILIES -> filter(raw, it -> Vocabulary.family(str(it)));
      case CAPABILITIES -> new Value.Names(Masks.names(Masks.CAPABILITIES, num(raw)));
      case NAMESPACES -> new Value.Names(Masks.names(Masks.namespaces(systemdVersion), num(raw)));
      case SECURE_BITS -> new Value.Names(Masks.names(Masks.SECURE_BITS, num(raw)));
      case MOUNT_FLAGS -> new Value.Names(Masks.names(Masks.MOUNT_FLAGS, num(raw)));
    };
  }

  private static Value names(Raw raw, Function<Raw, String> name) {
    return new Value.Names(
        items(raw).stream().map(name).collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Value keyed(Raw raw, BiConsumer<TreeMap<String, String>, List<Raw>> reader) {
    var entries = new TreeMap<String, String>();
    items(raw).forEach(item -> reader.accept(entries, fields(item)));
    return new Value.Keyed(entries);
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

  private static String optionalFile(Raw raw) {
    return Forms.label(((Raw.Bool) fields(raw).get(1)).value(), str(fields(raw).getFirst()));
  }

  private static String command(Raw raw) {
    List<Raw> fields = fields(raw);
    List<String> argv = items(fields.get(1)).stream().map(Canonical::str).toList();
    var flags = new TreeSet<String>();
    if (fields.get(2) instanceof Raw.Array list) {
      list.items().forEach(f -> flags.add(str(f)));
    } else if (fields.get(2) instanceof Raw.Bool(var ignored) && ignored) {
      flags.add("ignore-failure");
    }
    return Forms.command(flags, str(fields.getFirst()), argv);
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

  private static Value filter(Raw raw, Function<Raw, String> name) {
    var names = new TreeSet<String>();
    items(fields(raw).get(1)).forEach(item -> names.add(name.apply(item)));
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
