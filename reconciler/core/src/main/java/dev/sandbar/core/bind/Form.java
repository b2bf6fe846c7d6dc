package dev.sandbar.core.bind;

import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Written;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How values of one type are represented in a document. */
sealed interface Form
    permits Form.Single, Form.Listing, Form.Keyed, Form.Whole, Form.Nested, Form.Choice {

  /** More items or entries than this are not read; the longest list of a device has 16,384. */
  int MOST_ITEMS = 65_536;

  /** The forms of what has one. */
  Map<Class<?>, Single> SINGLES =
      Map.of(
          String.class,
          new Single(Kind.TEXT, "text", "", text -> text),
          Boolean.class,
          new Single(Kind.BOOLEAN, "true or false", false, Boolean::parseBoolean),
          Integer.class,
          new Single(Kind.INTEGER, "a whole number of 32 bits", 0, Integer::parseInt),
          Long.class,
          new Single(Kind.INTEGER, "a whole number", 0L, Long::parseLong),
          Double.class,
          new Single(Kind.DECIMAL, "a decimal number", 0.0, Double::parseDouble),
          Instant.class,
          new Single(Kind.TEXT, "a time like 2026-01-31T12:00:00Z", Instant.EPOCH, Instant::parse),
          Cidr.class,
          new Single(
              Kind.TEXT,
              "an address like 192.0.2.7/32",
              null,
              Object::toString,
              text -> Cidr.parse(text).orElseThrow(IllegalArgumentException::new)));

  /** What of a document is wrong. */
  enum Strictness {
    /** A field that is missing, of another kind, or one that the record does not have. */
    EXACT,
    /** A field that is missing or of another kind. */
    COMPLETE,
    /** Nothing: what is missing or of another kind is empty. */
    LENIENT
  }

  Node write(Object value);

  /**
   * The value.
   *
   * @throws BindingException if there is none
   */
  Object read(Node node, Strictness strictness);

  /** The value of a field that is missing; null if it cannot be missing. */
  @Nullable Object empty();

  /** The form of a component or of what it holds. */
  static Form of(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type[] of = generic.getActualTypeArguments();
      Type raw = generic.getRawType();
      if (raw == List.class) {
        return new Listing(of(of[0]), List::copyOf);
      }
      if (raw == SortedSet.class) {
        return new Listing(
            of(of[0]), items -> Collections.unmodifiableSortedSet(new TreeSet<>(items)));
      }
      if (raw == SortedMap.class && of(of[0]) instanceof Single key) {
        return new Keyed(key, of(of[1]));
      }
    } else if (type instanceof Class<?> plain) {
      return plain.isRecord() && !SINGLES.containsKey(plain) ? ofRecord(plain) : ofValue(plain);
    }
    throw new IllegalStateException("no value of a document: " + type);
  }

  private static Form ofRecord(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    if (components.length != 1 || components[0].getType() != String.class) {
      return new Nested(type);
    }
    Shape shape = Shape.of(type);
    return new Single(
        Kind.TEXT, "", null, record -> (String) shape.values(record).getFirst(), shape::make);
  }

  private static Form ofValue(Class<?> type) {
    if (type == Node.class) {
      return new Whole();
    }
    if (type.isEnum()) {
      return constants(type);
    }
    if (type.isSealed()) {
      return choice(type);
    }
    Single single = SINGLES.get(MethodType.methodType(type).wrap().returnType());
    if (single == null) {
      throw new IllegalStateException("no value of a document: " + type);
    }
    return single;
  }

  private static Form choice(Class<?> type) {
    var records = new LinkedHashMap<String, Class<?>>();
    for (Class<?> one : type.getPermittedSubclasses()) {
      if (!one.isRecord()) {
        throw new IllegalStateException("no value of a document: " + one);
      }
      String name = one.getSimpleName();
      records.put(name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1), one);
    }
    return new Choice(records);
  }

  private static Form constants(Class<?> type) {
    var constants = new LinkedHashMap<String, Object>();
    Object unknown = null;
    for (Object constant : type.getEnumConstants()) {
      constants.put(text(constant), constant);
      if (((Enum<?>) constant).name().equals("UNKNOWN")) {
        unknown = constant;
      }
    }
    return new Single(
        Kind.TEXT,
        "one of " + String.join(", ", constants.keySet()),
        unknown,
        Form::text,
        text ->
            Optional.ofNullable(constants.get(text)).orElseThrow(IllegalArgumentException::new));
  }

  private static String text(Object constant) {
    return constant instanceof Written written ? written.text() : ((Enum<?>) constant).name();
  }

  static BindingException expected(Node node, String what) {
    return new BindingException(node.at(), "", what + " was expected");
  }

  static boolean isNull(Node node) {
    return node instanceof Node.Scalar(_, var kind, _) && kind == Kind.NULL;
  }

  /**
   * One scalar.
   *
   * @param kind that it is written as. Any scalar is read as text, and a whole number as a decimal
   * @param what for people; empty if the parser says what is wrong
   * @param empty null if there is no empty one
   */
  record Single(
      Kind kind,
      String what,
      @Nullable Object empty,
      Function<Object, String> text,
      Function<String, Object> parser)
      implements Form {
    Single(Kind kind, String what, Object empty, Function<String, Object> parser) {
      this(kind, what, empty, Object::toString, parser);
    }

    @Override
    public Node write(Object value) {
      return new Node.Scalar(Location.NOWHERE, kind, text.apply(value));
    }

    @Override
    public Object read(Node node, Strictness strictness) {
      if (node instanceof Node.Scalar(_, var found, var content)
          && (found == kind
              || (kind == Kind.TEXT && found != Kind.NULL)
              || (kind == Kind.DECIMAL && found == Kind.INTEGER))) {
        return parse(node, content);
      }
      throw expected(node, what);
    }

    Object parse(Node node, String content) {
      try {
        return parser.apply(content);
      } catch (IllegalArgumentException | DateTimeException e) {
        throw what.isEmpty()
            ? new BindingException(node.at(), "", String.valueOf(e.getMessage()))
            : expected(node, what);
      }
    }
  }

  /** A list or a set. */
  record Listing(Form item, Function<List<Object>, Collection<Object>> collection) implements Form {
    @Override
    public Node write(Object value) {
      var items = new ArrayList<Node>();
      ((Collection<?>) value).forEach(one -> items.add(item.write(one)));
      return Node.list(items);
    }

    @Override
    public Object read(Node node, Strictness strictness) {
      if (!(node instanceof Node.Sequence(_, var nodes))) {
        throw expected(node, "a list");
      }
      var items = new ArrayList<Object>();
      for (int i = 0; i < bounded(node, nodes.size(), strictness); i++) {
        try {
          items.add(item.read(nodes.get(i), strictness));
        } catch (BindingException e) {
          if (strictness != Strictness.LENIENT) {
            throw e.within("[" + i + "]");
          }
        }
      }
      return collection.apply(items);
    }

    @Override
    public Object empty() {
      return collection.apply(List.of());
    }
  }

  /** A map by keys that are scalars. */
  record Keyed(Single key, Form value) implements Form {
    @Override
    public Node write(Object map) {
      var entries = new ArrayList<Node.Entry>();
      ((Map<?, ?>) map)
          .forEach((k, v) -> entries.add(Node.entry(key.text().apply(k), value.write(v))));
      return Node.mapping(entries);
    }

    @Override
    public Object read(Node node, Strictness strictness) {
      if (!(node instanceof Node.Mapping(_, var entries))) {
        throw expected(node, "a map");
      }
      var map = new TreeMap<Object, Object>();
      for (Node.Entry entry : entries.subList(0, bounded(node, entries.size(), strictness))) {
        try {
          map.put(key.parse(node, entry.key()), value.read(entry.value(), strictness));
        } catch (BindingException e) {
          if (strictness != Strictness.LENIENT) {
            throw e.within(entry.key());
          }
        }
      }
      return Collections.unmodifiableSortedMap(map);
    }

    @Override
    public Object empty() {
      return Collections.unmodifiableSortedMap(new TreeMap<>());
    }
  }

  private static int bounded(Node node, int size, Strictness strictness) {
    if (size > MOST_ITEMS && strictness != Strictness.LENIENT) {
      throw new BindingException(node.at(), "", "there are more than " + MOST_ITEMS + " of them");
    }
    return Math.min(size, MOST_ITEMS);
  }

  /** A part of a document that is kept as it is. */
  record Whole() implements Form {
    @Override
    public Node write(Object value) {
      return (Node) value;
    }

    @Override
    public Object read(Node node, Strictness strictness) {
      return node;
    }

    @Override
    public Object empty() {
      return Node.mapping(List.of());
    }
  }

  /** A record; found when it is used, for a record may hold some of its own type. */
  record Nested(Class<?> type) implements Form {
    @Override
    public Node write(Object value) {
      return Shape.of(type).write(value);
    }

    @Override
    public Object read(Node node, Strictness strictness) {
      return Shape.of(type).read(node, strictness);
    }

    @Override
    public Object empty() {
      return read(Node.mapping(List.of()), Strictness.LENIENT);
    }
  }

  /**
   * One record of several: a map with one field, whose name says which.
   *
   * @param records by the names of the fields
   */
  record Choice(SequencedMap<String, Class<?>> records) implements Form {
    @Override
    public Node write(Object value) {
      String name =
          records.entrySet().stream()
              .filter(it -> it.getValue() == value.getClass())
              .findFirst()
              .orElseThrow()
              .getKey();
      return Node.mapping(List.of(Node.entry(name, Form.of(value.getClass()).write(value))));
    }

    @Override
    public Object read(Node node, Strictness strictness) {
      if (!(node instanceof Node.Mapping(_, var entries)) || entries.size() != 1) {
        throw expected(node, what());
      }
      Node.Entry entry = entries.getFirst();
      Class<?> type = records.get(entry.key());
      if (type == null) {
        throw expected(node, what());
      }
      try {
        return Form.of(type).read(entry.value(), strictness);
      } catch (BindingException e) {
        throw e.within(entry.key());
      }
    }

    private String what() {
      return "a map with one of " + String.join(", ", records.keySet());
    }

    @Override
    public @Nullable Object empty() {
      return null;
    }
  }
}
