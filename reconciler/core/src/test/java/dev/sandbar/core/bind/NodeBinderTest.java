package dev.sandbar.core.bind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.Written;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NodeBinderTest {

  enum Colour implements Written {
    RED("Red"),
    UNKNOWN("Not known");

    private final String text;

    Colour(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  enum Plain {
    ONE,
    TWO
  }

  record Inner(Plain plain, Colour colour, double share, @Nullable Inner more) {}

  record Outer(
      String text,
      boolean flag,
      int count,
      long big,
      Instant at,
      AppName app,
      Inner inner,
      List<Inner> list,
      SortedSet<Plain> set,
      SortedMap<AppName, List<Long>> map,
      SortedMap<String, Boolean> flags,
      @Nullable Sha256 digest,
      Node rest) {}

  record Wide(String name, int count, List<String> items, SortedMap<AppName, Inner> apps) {
    Wide {
      if (count < 0) {
        throw new IllegalArgumentException("a count is not below 0");
      }
    }
  }

  /** What a stranger may have written. */
  record Loose(
      String text,
      boolean flag,
      int count,
      Instant at,
      List<Inner> list,
      SortedSet<Plain> set,
      SortedMap<AppName, List<Long>> map,
      @Nullable Inner inner,
      Node rest) {}

  /** Random records of every kind of component. */
  private record Values(Random random) {
    Outer outer() {
      var map = new TreeMap<AppName, List<Long>>();
      var flags = new TreeMap<String, Boolean>();
      for (int i = random.nextInt(4); i > 0; i--) {
        map.put(app(), many(random::nextLong));
        flags.put(text(), random.nextBoolean());
      }
      return new Outer(
          text(),
          random.nextBoolean(),
          random.nextInt(),
          random.nextLong(),
          Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)),
          app(),
          inner(3),
          many(() -> inner(2)),
          Collections.unmodifiableSortedSet(new TreeSet<>(many(this::plain))),
          Collections.unmodifiableSortedMap(map),
          Collections.unmodifiableSortedMap(flags),
          random.nextBoolean() ? null : Sha256.of(text()),
          Node.list(List.of(Node.text(text()), Node.flag(true))));
    }

    private Inner inner(int depth) {
      return new Inner(
          plain(),
          Colour.values()[random.nextInt(2)],
          random.nextDouble(),
          depth == 0 || random.nextBoolean() ? null : inner(depth - 1));
    }

    private Plain plain() {
      return Plain.values()[random.nextInt(2)];
    }

    private AppName app() {
      return new AppName("app-" + random.nextInt(1_000));
    }

    private String text() {
      return random
          .ints(random.nextInt(8), 0, 0x3000)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
          .toString();
    }

    private <T> List<T> many(Supplier<T> one) {
      var all = new ArrayList<T>();
      for (int i = random.nextInt(4); i > 0; i--) {
        all.add(one.get());
      }
      return List.copyOf(all);
    }
  }

  @Test
  void whatIsWrittenReadsAsTheSame() {
    for (int seed = 0; seed < 500; seed++) {
      Outer outer = new Values(new Random(seed)).outer();
      Node node = NodeBinder.write(outer);
      assertThat(NodeBinder.read(Outer.class, node)).as("seed %d", seed).isEqualTo(outer);
      assertThat(NodeBinder.readLenient(Outer.class, node)).as("seed %d", seed).isEqualTo(outer);
      assertThat(NodeBinder.write(NodeBinder.read(Outer.class, node))).isEqualTo(node);
    }
  }

  @Test
  void everyComponentHasItsWrittenForm() {
    var inner = new Inner(Plain.TWO, Colour.UNKNOWN, 0.5, null);
    assertThat(NodeBinder.write(inner))
        .isEqualTo(
            Node.mapping(
                List.of(
                    Node.entry("plain", Node.text("TWO")),
                    Node.entry("colour", Node.text("Not known")),
                    Node.entry(
                        "share", new Node.Scalar(Location.NOWHERE, Node.Kind.DECIMAL, "0.5")))));
    var wide = new Wide("a", 1, List.of("x"), new TreeMap<>(Map.of(new AppName("pump"), inner)));
    assertThat(NodeBinder.write(wide).fields().get("apps"))
        .isEqualTo(Node.mapping(List.of(Node.entry("pump", NodeBinder.write(inner)))));
  }

  @Test
  void anErrorNamesTheFieldThatIsWrong() {
    Node good = NodeBinder.write(new Values(new Random(7)).outer());
    expect(replaced(good, "count", Node.text("3")), "count: a whole number of 32 bits");
    expect(replaced(good, "count", Node.number(1L << 40)), "count: a whole number of 32 bits");
    expect(replaced(good, "flag", Node.text("true")), "flag: true or false was expected");
    expect(replaced(good, "at", Node.text("noon")), "at: a time like 2026-01-31T12:00:00Z");
    expect(replaced(good, "app", Node.text("a/b")), "app: not an app name: a/b");
    expect(replaced(good, "list", Node.flag(true)), "list: a list was expected");
    expect(replaced(good, "inner", Node.list(List.of())), "inner: a map was expected");
    expect(
        replaced(good, "set", Node.list(List.of(Node.text("ONE"), Node.text("X")))),
        "set[1]: one of ONE, TWO was expected");
    expect(
        replaced(
            good,
            "map",
            Node.mapping(List.of(Node.entry("pump", Node.list(List.of(Node.text("x"))))))),
        "map.pump[0]: a whole number was expected");
  }

  @Test
  void anErrorNamesThePlaceInTheFile() {
    var at = new Location("saved.json", 3, 9);
    Node node =
        Node.mapping(
            List.of(
                Node.entry("name", Node.text("a")),
                Node.entry("count", new Node.Scalar(at, Node.Kind.TEXT, "many"))));
    assertThatExceptionOfType(BindingException.class)
        .isThrownBy(() -> NodeBinder.read(Wide.class, node))
        .satisfies(e -> assertThat(e.path()).isEqualTo("count"))
        .satisfies(e -> assertThat(e.at()).isEqualTo(at))
        .withMessage("saved.json:3:9: count: a whole number of 32 bits was expected");
  }

  @Test
  void aMissingFieldIsAnErrorAndAnUnknownOneIsNot() {
    Node good = NodeBinder.write(new Wide("a", 1, List.of(), new TreeMap<>()));
    for (String field : good.fields().keySet()) {
      assertThatExceptionOfType(BindingException.class)
          .isThrownBy(() -> NodeBinder.read(Wide.class, without(good, field)))
          .withMessage(field + ": the field is missing");
    }
    var more = new ArrayList<>(((Node.Mapping) good).entries());
    more.add(Node.entry("later", Node.text("x")));
    assertThat(NodeBinder.read(Wide.class, Node.mapping(more)).name()).isEqualTo("a");
  }

  @Test
  void whatTheConstructorRefusesIsAnErrorOfTheDocument() {
    Node node =
        replaced(
            NodeBinder.write(new Wide("a", 1, List.of(), new TreeMap<>())),
            "count",
            Node.number(-1));
    assertThatExceptionOfType(BindingException.class)
        .isThrownBy(() -> NodeBinder.read(Wide.class, node))
        .withMessage("a count is not below 0");
  }

  @Test
  void ofAStrangersDocumentWhatCannotBeReadIsEmptyOrLeftOut() {
    Node inner = NodeBinder.write(new Inner(Plain.ONE, Colour.RED, 1, null));
    Node node =
        Node.mapping(
            List.of(
                Node.entry("name", Node.list(List.of())),
                Node.entry("count", Node.text("many")),
                Node.entry(
                    "items",
                    Node.list(List.of(Node.text("x"), Node.list(List.of()), Node.text("y")))),
                Node.entry(
                    "apps",
                    Node.mapping(
                        List.of(
                            Node.entry("pump", replaced(inner, "colour", Node.text("Green"))),
                            Node.entry("NO NAME", inner),
                            Node.entry("list", Node.list(List.of())),
                            Node.entry("bad", replaced(inner, "plain", Node.text("THREE"))))))));
    Wide wide = NodeBinder.readLenient(Wide.class, node);
    assertThat(wide.name()).isEmpty();
    assertThat(wide.count()).isZero();
    assertThat(wide.items()).containsExactly("x", "y");
    assertThat(wide.apps()).containsOnlyKeys(new AppName("pump"));
    assertThat(wide.apps().values()).containsExactly(new Inner(Plain.ONE, Colour.UNKNOWN, 1, null));
    assertThat(NodeBinder.readLenient(Wide.class, Node.list(List.of())).apps()).isEmpty();
  }

  /** Whatever stands there: a value of its type, or an error of the document, and nothing else. */
  @Test
  void noDocumentBreaksTheReader() {
    for (int seed = 0; seed < 2_000; seed++) {
      var random = new Random(seed);
      Node node = broken(NodeBinder.write(new Values(random).outer()), random);
      try {
        Outer outer = NodeBinder.read(Outer.class, node);
        assertThat(NodeBinder.read(Outer.class, NodeBinder.write(outer))).isEqualTo(outer);
      } catch (BindingException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
      assertThat(NodeBinder.readLenient(Loose.class, node)).isNotNull();
    }
  }

  @Test
  void moreThanCanBeMeantIsNotRead() {
    Node items = Node.list(Collections.nCopies(Form.MOST_ITEMS + 1, Node.text("x")));
    Node node =
        replaced(NodeBinder.write(new Wide("a", 1, List.of(), new TreeMap<>())), "items", items);
    assertThatExceptionOfType(BindingException.class)
        .isThrownBy(() -> NodeBinder.read(Wide.class, node))
        .withMessage("items: there are more than 65536 of them");
    assertThat(NodeBinder.readLenient(Wide.class, node).items()).hasSize(Form.MOST_ITEMS);
  }

  record Unordered(Set<String> names) {}

  @Test
  void aRecordWithoutAnOrderIsRefused() {
    assertThatIllegalStateException()
        .isThrownBy(() -> NodeBinder.write(new Unordered(new HashSet<>())))
        .withMessageContaining("java.util.Set");
  }

  private static void expect(Node node, String message) {
    assertThatExceptionOfType(BindingException.class)
        .isThrownBy(() -> NodeBinder.read(Outer.class, node))
        .withMessageStartingWith(message);
  }

  private static Node replaced(Node node, String key, Node value) {
    return Node.mapping(
        ((Node.Mapping) node)
            .entries().stream()
                .map(e -> e.key().equals(key) ? Node.entry(key, value) : e)
                .toList());
  }

  private static Node without(Node node, String key) {
    return Node.mapping(
        ((Node.Mapping) node).entries().stream().filter(e -> !e.key().equals(key)).toList());
  }

  private static Node broken(Node node, Random random) {
    if (random.nextInt(12) == 0) {
      return switch (random.nextInt(6)) {
        case 0 -> Node.text("x".repeat(random.nextInt(9)));
        case 1 -> Node.number(random.nextLong());
        case 2 -> new Node.Scalar(Location.NOWHERE, Node.Kind.INTEGER, "9".repeat(40));
        case 3 -> new Node.Scalar(Location.NOWHERE, Node.Kind.NULL, "null");
        case 4 -> Node.list(List.of(node, node));
        default -> Node.mapping(List.of(Node.entry("app", node)));
      };
    }
    return switch (node) {
      case Node.Scalar scalar -> scalar;
      case Node.Sequence(_, var items) ->
          Node.list(items.stream().map(item -> broken(item, random)).toList());
      case Node.Mapping(_, var entries) ->
          Node.mapping(
              entries.stream()
                  .filter(_ -> random.nextInt(12) != 0)
                  .map(e -> Node.entry(e.key(), broken(e.value(), random)))
                  .toList());
    };
  }

  sealed interface Figure {
    record Circle(long radius, Cidr at) implements Figure {}

    record Named(String name) implements Figure {}
  }

  record Drawing(List<Figure> shapes) {}

  @Test
  void aRecordOfASealedInterfaceIsAMapWithItsName() {
    var drawing =
        new Drawing(
            List.of(
                new Figure.Circle(3, Cidr.parse("2001:db8::/32").orElseThrow()),
                new Figure.Named("x")));
    Node node = NodeBinder.write(drawing);
    assertThat(node)
        .isEqualTo(
            Node.mapping(
                List.of(
                    Node.entry(
                        "shapes",
                        Node.list(
                            List.of(
                                Node.mapping(
                                    List.of(
                                        Node.entry(
                                            "circle",
                                            Node.mapping(
                                                List.of(
                                                    Node.entry("radius", Node.number(3)),
                                                    Node.entry(
                                                        "at", Node.text("2001:db8::/32"))))))),
                                Node.mapping(List.of(Node.entry("named", Node.text("x"))))))))));
    assertThat(NodeBinder.readExact(Drawing.class, node)).isEqualTo(drawing);
    assertThat(
            NodeBinder.readLenient(
                    Drawing.class, FlowText.parse("{shapes: [{square: {}}, {named: x}]}"))
                .shapes())
        .containsExactly(new Figure.Named("x"));
  }

  @Test
  void anExactReaderRefusesWhatItDoesNotKnow() {
    Node node = FlowText.parse("{shapes: [{circle: {radius: 1, at: 192.0.2.1, colour: red}}]}");
    assertThat(NodeBinder.read(Drawing.class, node).shapes()).hasSize(1);
    assertThatExceptionOfType(BindingException.class)
        .isThrownBy(() -> NodeBinder.readExact(Drawing.class, node))
        .satisfies(e -> assertThat(e.path()).isEqualTo("shapes[0].circle.colour"))
        .satisfies(e -> assertThat(e.at().column()).isGreaterThan(30));
  }
}
