package dev.sandbar.core.property;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.property.Effective.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The lines of one directive, as text of a unit file, to the value that systemd makes of them. */
final class UnitText {

  private UnitText() {}

  /**
   * @param lines the values in file order; empty for a directive that the unit does not have
   * @return empty if the value cannot be foretold, for example a percentage of the memory
   * @throws IllegalArgumentException if a value is not valid
   */
  static Optional<Value> read(DirectiveInfo directive, List<String> lines, Context context) {
    Syntax syntax = directive.syntax();
    if (lines.isEmpty()) {
      return directive.varies() ? Optional.empty() : fallback(directive, context);
    }
    return switch (syntax.kind()) {
      case MASK -> Optional.of(mask(directive, lines, context));
      case FILTER -> FilterText.read(directive, lines, context);
      case FLAG, TEXT, AMOUNT -> {
        String last = lines.getLast();
        yield last.isEmpty() ? fallback(directive, context) : scalar(directive, last);
      }
      case ITEMS, NAMES, KEYED -> Optional.of(list(directive, sinceReset(lines), context));
    };
  }

  private static Optional<Value> fallback(DirectiveInfo directive, Context context) {
    String text = directive.varies() ? "" : directive.fallback();
    return switch (directive.syntax().kind()) {
      case MASK -> Optional.of(mask(directive, initialLines(directive), context));
      case FILTER -> Optional.of(new Value.Filter(false, new TreeSet<>()));
      case ITEMS, NAMES, KEYED -> Optional.of(list(directive, List.of(), context));
      case FLAG, TEXT, AMOUNT -> {
        if (directive.varies()) {
          yield Optional.empty();
        }
        boolean empty = text.isEmpty();
        yield switch (directive.syntax()) {
          case QUOTA -> Optional.of(new Value.Amount(-1));
          case OPAQUE -> Optional.of(new Value.Text(text));
          default -> empty ? Optional.of(new Value.Text("")) : scalar(directive, text);
        };
      }
    };
  }

  private static List<String> initialLines(DirectiveInfo directive) {
    return directive.fallback().equals("no") ? List.of("no") : List.of();
  }

  private static List<String> sinceReset(List<String> lines) {
    int reset = lines.lastIndexOf("");
    return lines.subList(reset + 1, lines.size());
  }

  private static Value mask(DirectiveInfo directive, List<String> lines, Context context) {
    SortedSet<String> names =
        directive.syntax() == Syntax.CAPABILITIES
            ? Masks.foldCapabilities(lines, directive.fallback().equals("~"))
            : Masks.fold(directive.syntax(), lines, context.systemdVersion());
    return new Value.Names(names);
  }

  private static Optional<Value> scalar(DirectiveInfo directive, String text) {
    boolean relative = text.endsWith("%");
    return switch (directive.syntax()) {
      case FLAG -> Optional.of(new Value.Flag(Numbers.flag(text)));
      case DELEGATE -> Optional.of(new Value.Flag(!Numbers.word(text).equals("no")));
      case WORD -> text(word(directive, text));
      case LINE -> text(Unquoting.unescapeSpecifiers(text));
      case PATH -> text(path(Unquoting.unescapeSpecifiers(text)));
      case STREAM -> text(text.indexOf(':') < 0 ? text : text.substring(0, text.indexOf(':')));
      case LABEL -> text(Unquoting.unescapeSpecifiers(text));
      case OPAQUE -> Optional.empty();
      case OCTAL -> text(Forms.octal(Long.parseLong(text, 8)));
      case SIGNED -> text(Long.toString(Long.parseLong(text)));
      case SIGNAL -> text(Vocabulary.signal(text));
      case SCHEDULER, IO_CLASS, LOG_LEVEL, LOG_FACILITY ->
          text(Vocabulary.enumWord(directive.syntax(), text));
      case ERRNO -> text(Vocabulary.errno(text));
      case ROOT_HASH ->
          text(text.startsWith("/") ? Forms.path(text) : text.toLowerCase(Locale.ROOT));
      case LIMIT_SIZE, LIMIT_COUNT, LIMIT_SECONDS, LIMIT_MICROS, LIMIT_NICE ->
          text(Numbers.limit(directive.syntax(), text));
      case COUNT -> relative ? Optional.empty() : amount(Numbers.count(text));
      case SIZE -> relative ? Optional.empty() : amount(Numbers.size(text, 1024));
      case TIME -> amount(Numbers.time(text));
      case TIMEOUT -> {
        long time = Numbers.time(text);
        yield amount(time == 0 ? -1 : time);
      }
      case QUOTA -> amount(Numbers.quota(text));
      case WEIGHT -> amount(text.equals("idle") ? 0 : Numbers.count(text));
      case COMMANDS,
          SEARCH_PATH,
          ENVIRONMENT_FILES,
          PAIRS,
          WORDS,
          PATHS,
          BINDS,
          DIRECTORIES,
          CIDRS,
          BIND_RULES,
          CREDENTIALS,
          IMPORTS,
          EXIT_STATUS,
          LOG_FIELDS,
          CPUS,
          DEVICE_RATES,
          DEVICES,
          MOUNTS,
          ENVIRONMENT,
          SET_CREDENTIALS,
          FILTER,
          FAMILIES,
          SYSCALLS,
          CAPABILITIES,
          NAMESPACES,
          SECURE_BITS,
          MOUNT_FLAGS ->
          throw new IllegalArgumentException("not a scalar: " + directive.name());
    };
  }

  private static Optional<Value> text(String text) {
    return Optional.of(new Value.Text(text));
  }

  private static Optional<Value> amount(long bits) {
    return Optional.of(new Value.Amount(bits));
  }

  /** Words that systemd reads back in another spelling. */
  static String word(DirectiveInfo directive, String text) {
    String word = Numbers.word(text);
    return switch (directive.name()) {
      case "PrivateTmp" -> word.equals("connected") ? "yes" : word;
      case "PrivateUsers" -> word.equals("self") ? "yes" : word;
      default -> word;
    };
  }

  /** D-Bus shows {@code !} where the unit file has {@code -}. */
  private static String path(String text) {
    String simple = Forms.path(text);
    return simple.startsWith("-") ? "!" + simple.substring(1) : simple;
  }

  private static Value list(DirectiveInfo directive, List<String> lines, Context context) {
    return switch (directive.syntax().kind()) {
      case ITEMS -> new Value.Items(items(directive.syntax(), lines));
      case KEYED -> new Value.Keyed(keyed(directive.syntax(), lines));
      case NAMES -> new Value.Names(names(directive.syntax(), lines));
      case FLAG, TEXT, AMOUNT, FILTER, MASK -> throw new IllegalArgumentException("not a list");
    };
  }

  private static List<String> items(Syntax syntax, List<String> lines) {
    var items = new ArrayList<String>();
    for (String line : lines) {
      switch (syntax) {
        case COMMANDS -> items.addAll(CommandText.read(line));
        case SEARCH_PATH ->
            Unquoting.split(line)
                .forEach(w -> List.of(w.split(":")).forEach(p -> items.add(Forms.path(p))));
        case ENVIRONMENT_FILES -> items.add(Unquoting.unescapeSpecifiers(line));
        default ->
            Unquoting.splitPlain(line)
                .forEach(w -> items.add(w.indexOf(':') < 0 ? "root:" + w : w));
      }
    }
    return items;
  }

  private static SortedSet<String> names(Syntax syntax, List<String> lines) {
    var names = new TreeSet<String>();
    for (String line : lines) {
      switch (syntax) {
        case PATHS -> Unquoting.splitPlain(line).forEach(w -> names.add(Forms.path(w)));
        case BINDS -> Unquoting.splitTuples(line).forEach(t -> names.add(bind(t)));
        case DIRECTORIES ->
            Unquoting.splitTuples(line)
                .forEach(
                    t ->
                        names.add(
                            Forms.directory(
                                t.getFirst(),
                                t.size() > 1 ? t.get(1) : "",
                                t.size() > 2 && t.get(2).equals("ro") ? 1 : 0)));
        case CIDRS -> Unquoting.splitPlain(line).forEach(w -> names.addAll(cidrs(w)));
        case BIND_RULES -> Unquoting.splitPlain(line).forEach(w -> names.add(bindRule(w)));
        case CREDENTIALS -> {
          String plain = Unquoting.unescapeSpecifiers(line);
          names.add(plain.indexOf(':') < 0 ? plain + ":" + plain : plain);
        }
        case IMPORTS -> names.add(Unquoting.unescapeSpecifiers(line));
        case LOG_FIELDS -> names.add(Unquoting.unescapeSpecifiers(line));
        case CPUS ->
            Unquoting.splitPlain(line.replace(',', ' ')).forEach(w -> names.addAll(cpus(w)));
        case EXIT_STATUS -> Unquoting.splitPlain(line).forEach(w -> names.add(exitStatus(w)));
        default -> names.addAll(Unquoting.splitPlain(line));
      }
    }
    return names;
  }

  private static TreeMap<String, String> keyed(Syntax syntax, List<String> lines) {
    var entries = new TreeMap<String, String>();
    for (String line : lines) {
      switch (syntax) {
        case DEVICES -> {
          List<String> words = Unquoting.splitPlain(line);
          String access = words.size() > 1 ? words.get(1) : "rwm";
          entries.merge(Forms.path(words.getFirst()), access, BusNames::unionOfAccess);
        }
        case DEVICE_RATES -> {
          List<String> words = Unquoting.splitPlain(line);
          entries.put(words.getFirst(), Numbers.showAmount(Numbers.size(words.get(1), 1000)));
        }
        case MOUNTS ->
            Unquoting.splitPlain(line)
                .forEach(
                    w -> {
                      int colon = w.indexOf(':');
                      String path = colon < 0 ? w : w.substring(0, colon);
                      entries.put(Forms.path(path), colon < 0 ? "" : w.substring(colon + 1));
                    });
        case ENVIRONMENT -> Unquoting.split(line).forEach(w -> variable(entries, w));
        default -> {
          int colon = line.indexOf(':');
          entries.put(
              line.substring(0, colon),
              Forms.digest(
                  String.join(" ", Unquoting.split(line.substring(colon + 1).replace("%", "%%")))));
        }
      }
    }
    return entries;
  }

  /** Keeps the name and the digest of {@code NAME=VALUE}. */
  static void variable(TreeMap<String, String> entries, String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException("not a variable");
    }
    entries.put(assignment.substring(0, equals), Forms.digest(assignment.substring(equals + 1)));
  }

  private static String bind(List<String> parts) {
    boolean optional = parts.getFirst().startsWith("-");
    String source = optional ? parts.getFirst().substring(1) : parts.getFirst();
    String destination = parts.size() > 1 && !parts.get(1).isEmpty() ? parts.get(1) : source;
    long flags = parts.size() > 2 && parts.get(2).equals("norbind") ? 0 : Forms.RECURSIVE;
    return Forms.bind(optional, source, destination, flags);
  }

  private static List<String> cidrs(String word) {
    List<String> named = Vocabulary.ADDRESS_WORDS.get(word);
    if (named != null) {
      return named;
    }
    return List.of(
        Cidr.parse(word)
            .orElseThrow(() -> new IllegalArgumentException("not an address prefix: " + word))
            .toString());
  }

  private static String bindRule(String word) {
    long family = 0;
    long protocol = 0;
    long count = 0;
    long first = 0;
    for (String part : List.of(word.split(":"))) {
      switch (part) {
        case "any" -> {}
        case "ipv4" -> family = 2;
        case "ipv6" -> family = 10;
        case "tcp" -> protocol = 6;
        case "udp" -> protocol = 17;
        default -> {
          int dash = part.indexOf('-');
          first = Long.parseLong(dash < 0 ? part : part.substring(0, dash));
          count = dash < 0 ? 1 : Long.parseLong(part.substring(dash + 1)) - first + 1;
        }
      }
    }
    return Forms.bindRule(family, protocol, count, first);
  }

  private static List<String> cpus(String word) {
    int dash = word.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? word : word.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(word.substring(dash + 1));
    var list = new ArrayList<String>();
    for (int i = first; i <= last; i++) {
      list.add(Integer.toString(i));
    }
    return list;
  }

  private static String exitStatus(String word) {
    boolean number = word.chars().allMatch(Character::isDigit);
    return number ? word : Vocabulary.signal(word);
  }
}
