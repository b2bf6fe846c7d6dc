package dev.sandbar.core.property;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.SortedItems;
import dev.sandbar.core.property.Effective.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The lines of one directive, as text of a unit file, to the value that systemd makes of them. */
final class UnitText {

  private UnitText() {}

  /**
   * @param lines the values in file order; empty for a directive that the unit does not have
   * @return empty if the value cannot be foretold, for example a percentage of the memory
   * @throws IllegalArgumentException if a value is not valid
   */
  static Optional<Value> read(DirectiveInfo directive, List<String> lines, Context context) {
    if (lines.isEmpty()) {
      return directive.varies() ? Optional.empty() : fallback(directive, context);
    }
    return switch (directive.syntax().kind()) {
      case MASK, FILTER -> value(directive, lines, context);
      case FLAG, TEXT, AMOUNT -> {
        String last = last(directive, lines);
        if (last.isEmpty()) {
          yield switch (directive.empty()) {
            case RESETS, KEEPS -> fallback(directive, context);
            case SAYS ->
                directive.syntax() == Syntax.DELEGATE
                    ? Optional.of(new Value.Flag(true))
                    : Optional.empty();
          };
        }
        yield value(directive, List.of(last), context);
      }
      case ITEMS, NAMES, KEYED -> value(directive, sinceReset(lines), context);
    };
  }

  /** The line that counts; empty if that is none. */
  private static String last(DirectiveInfo directive, List<String> lines) {
    return directive.empty() == EmptyAssignment.KEEPS
        ? lines.stream().filter(line -> !line.isEmpty()).reduce("", (_, later) -> later)
        : lines.getLast();
  }

  private static Optional<Value> fallback(DirectiveInfo directive, Context context) {
    return switch (directive.syntax().kind()) {
      case MASK -> value(directive, initialLines(directive), context);
      case FILTER -> Optional.of(new Value.Filter(false, SortedItems.none()));
      case ITEMS, NAMES, KEYED -> value(directive, List.of(), context);
      case FLAG, TEXT, AMOUNT -> {
        if (directive.varies()) {
          yield Optional.empty();
        }
        if (directive.syntax() == Syntax.QUOTA) {
          yield amount(-1);
        }
        String text = directive.fallback();
        yield directive.syntax() == Syntax.OPAQUE || text.isEmpty()
            ? text(text)
            : value(directive, List.of(text), context);
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

  private static Optional<Value> value(
      DirectiveInfo directive, List<String> lines, Context context) {
    // Of what is given once the last line counts.
    String text = lines.isEmpty() ? "" : lines.getLast();
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
      case DIRECTORY_QUOTA ->
          relative ? Optional.empty() : text(Numbers.showAmount(Numbers.size(text, 1024)));
      case LIMIT_SIZE -> text(Numbers.limit(text, it -> Numbers.size(it, 1024)));
      case LIMIT_COUNT -> text(Numbers.limit(text, Numbers::count));
      case LIMIT_SECONDS -> text(Numbers.limit(text, Numbers::wholeSeconds));
      case LIMIT_MICROS -> text(Numbers.limit(text, Numbers::micros));
      case LIMIT_NICE -> text(Numbers.limit(text, Numbers::nice));
      case COUNT -> relative ? Optional.empty() : amount(Numbers.count(text));
      case SIZE -> relative ? Optional.empty() : amount(Numbers.size(text, 1024));
      case TIME -> amount(Numbers.time(text));
      case TIMEOUT -> {
        long time = Numbers.time(text);
        yield amount(time == 0 ? -1 : time);
      }
      case QUOTA -> amount(Numbers.quota(text));
      case WEIGHT -> amount(text.equals("idle") ? 0 : Numbers.count(text));
      case COMMANDS -> items(lines, CommandText::read);
      case SEARCH_PATH -> items(lines, UnitText::searchPath);
      case ENVIRONMENT_FILES -> items(lines, line -> List.of(Unquoting.unescapeSpecifiers(line)));
      case PAIRS -> items(lines, words(w -> w.indexOf(':') < 0 ? "root:" + w : w));
      case WORDS -> names(lines, Unquoting::splitPlain);
      case PATHS -> names(lines, words(Forms::path));
      case BINDS ->
          names(lines, line -> Unquoting.splitTuples(line).stream().map(UnitText::bind).toList());
      case DIRECTORIES ->
          names(
              lines,
              line -> Unquoting.splitTuples(line).stream().map(UnitText::directory).toList());
      case CIDRS ->
          names(
              lines, line -> Unquoting.splitPlain(line).stream().flatMap(UnitText::cidrs).toList());
      case BIND_RULES -> names(lines, words(UnitText::bindRule));
      case CREDENTIALS ->
          names(lines, line -> List.of(credential(Unquoting.unescapeSpecifiers(line))));
      case IMPORTS, LOG_FIELDS -> names(lines, line -> List.of(Unquoting.unescapeSpecifiers(line)));
      case EXIT_STATUS -> names(lines, words(UnitText::exitStatus));
      case CPUS ->
          names(
              lines,
              line ->
                  Unquoting.splitPlain(line.replace(',', ' ')).stream()
                      .flatMap(UnitText::cpus)
                      .toList());
      case DEVICE_RATES -> keyed(lines, UnitText::rate);
      case DEVICES -> keyed(lines, UnitText::access);
      case MOUNTS ->
          keyed(
              lines, (entries, line) -> Unquoting.splitPlain(line).forEach(w -> mount(entries, w)));
      case ENVIRONMENT ->
          keyed(lines, (entries, line) -> Unquoting.split(line).forEach(w -> variable(entries, w)));
      case SET_CREDENTIALS -> keyed(lines, UnitText::secret);
      case FILTER -> FilterText.plain(lines);
      case FAMILIES -> Optional.of(FilterText.families(lines));
      case SYSCALLS -> FilterText.syscalls(directive, lines, context);
      case CAPABILITIES -> mask(Masks.foldCapabilities(lines, directive.fallback().equals("~")));
      case NAMESPACES -> mask(Masks.foldNamespaces(lines, context.systemdVersion()));
      case SECURE_BITS -> mask(Masks.fold(Masks.SECURE_BITS, lines));
      case MOUNT_FLAGS -> mask(Masks.fold(Masks.MOUNT_FLAGS, lines));
    };
  }

  private static Optional<Value> mask(SortedSet<String> names) {
    return Optional.of(new Value.Names(names));
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

  /** Each word of a line, made this of. */
  private static Function<String, List<String>> words(UnaryOperator<String> each) {
    return line -> Unquoting.splitPlain(line).stream().map(each).toList();
  }

  private static Optional<Value> items(List<String> lines, Function<String, List<String>> reader) {
    return Optional.of(new Value.Items(all(lines, reader)));
  }

  private static Optional<Value> names(List<String> lines, Function<String, List<String>> reader) {
    return Optional.of(new Value.Names(SortedItems.copyOf(all(lines, reader))));
  }

  private static List<String> all(List<String> lines, Function<String, List<String>> reader) {
    if (lines.size() == 1) {
      return reader.apply(lines.getFirst());
    }
    var all = new ArrayList<String>();
    for (String line : lines) {
      all.addAll(reader.apply(line));
    }
    return all;
  }

  private static Optional<Value> keyed(
      List<String> lines, BiConsumer<TreeMap<String, String>, String> reader) {
    var entries = new TreeMap<String, String>();
    lines.forEach(line -> reader.accept(entries, line));
    return Optional.of(new Value.Keyed(entries));
  }

  private static List<String> searchPath(String line) {
    return Unquoting.split(line).stream()
        .flatMap(w -> Stream.of(w.split(":")))
        .map(Forms::path)
        .toList();
  }

  private static String directory(List<String> parts) {
    return Forms.directory(
        parts.getFirst(),
        parts.size() > 1 ? parts.get(1) : "",
        parts.size() > 2 && parts.get(2).equals("ro") ? 1 : 0);
  }

  private static String credential(String plain) {
    return plain.indexOf(':') < 0 ? plain + ":" + plain : plain;
  }

  private static void access(TreeMap<String, String> entries, String line) {
    List<String> words = Unquoting.splitPlain(line);
    String access = words.size() > 1 ? words.get(1) : "rwm";
    entries.merge(Forms.path(word(words, 0)), access, BusNames::unionOfAccess);
  }

  private static void rate(TreeMap<String, String> entries, String line) {
    List<String> words = Unquoting.splitPlain(line);
    entries.put(word(words, 0), Numbers.showAmount(Numbers.size(word(words, 1), 1000)));
  }

  private static String word(List<String> words, int at) {
    if (at >= words.size()) {
      throw new IllegalArgumentException("a word is missing");
    }
    return words.get(at);
  }

  private static void mount(TreeMap<String, String> entries, String word) {
    int colon = word.indexOf(':');
    String path = colon < 0 ? word : word.substring(0, colon);
    entries.put(Forms.path(path), colon < 0 ? "" : word.substring(colon + 1));
  }

  private static void secret(TreeMap<String, String> entries, String line) {
    int colon = line.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("not name:value");
    }
    String text = String.join(" ", Unquoting.split(line.substring(colon + 1).replace("%", "%%")));
    entries.put(line.substring(0, colon), Forms.digest(text));
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

  private static Stream<String> cidrs(String word) {
    List<String> named = Vocabulary.ADDRESS_WORDS.get(word);
    if (named != null) {
      return named.stream();
    }
    return Stream.of(
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

  private static Stream<String> cpus(String word) {
    int dash = word.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? word : word.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(word.substring(dash + 1));
    return IntStream.rangeClosed(first, last).mapToObj(Integer::toString);
  }

  private static String exitStatus(String word) {
    boolean number = word.chars().allMatch(Character::isDigit);
    return number ? word : Vocabulary.signal(word);
  }
}
