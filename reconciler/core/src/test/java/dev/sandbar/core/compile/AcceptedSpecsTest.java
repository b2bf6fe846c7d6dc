package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveOverride.Filter;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader or a vocabulary lets through, the compiler can compile. */
class AcceptedSpecsTest {

  private static final Location AT = new Location("app.yaml", 1, 1);

  /** Values at the edges of every vocabulary of settings. */
  private static final List<String> EDGES =
      List.of(
          """
          0|1|00|08|0010|64|100|256|999|1000|10000|10001|999999999|999999999999999|\
          9999999999999999|64K|1M|15E|16E|999999999999999E|512:1024|1024:512|512:1K|1K:64M|0:0|\
          0:infinity|infinity:0|infinity:infinity|infinity|0%|0.01%|0.00%|1%|50%|99.99%|100%|\
          100.00%|101%|999%|999999%|10s|1min 30s|0us|999999999w|999999999d 999999999d|30500w|\
          1 2 3 4 5 6|1us 1ms 1s 1sec 1m 1min|1h 1hr 1d 1w|-0|-1|-20|-21|-999|-1000|19|20|no|\
          always|on-failure|exec|notify\
          """
              .split("\\|"));

  private static final List<String> TOKENS =
      List.of(
          "0",
          "1",
          "9",
          "64",
          "512",
          "999999999",
          "K",
          "M",
          "G",
          "T",
          "P",
          "E",
          ":",
          "%",
          ".",
          " ",
          "-",
          "infinity",
          "us",
          "ms",
          "s",
          "min",
          "h",
          "d",
          "w");

  /** Text that quoting, escaping and the cutting of blanks could trip over. */
  private static final List<String> ODD =
      List.of(
          " ",
          "\t",
          "%",
          "%%",
          "%n",
          "\\",
          "\"",
          "'",
          ";",
          ":",
          "$",
          "${A}",
          "~",
          "-",
          "+",
          "!",
          "=",
          "#",
          "[",
          "]",
          "{",
          "*",
          "?",
          ",",
          "&",
          "\\x41",
          "\\n",
          "@",
          "|",
          "\u00a0",
          "\u0085",
          "\u2003",
          "\u2028",
          "\u3000",
          "\ufeff",
          "\u00e9",
          "\u4e2d",
          "\ud83d\ude00",
          "\uffff",
          "a b",
          "b\ta");

  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyAcceptedSettingIsCompiled(Mode mode) {
    var random = new Random(20);
    var used = new TreeMap<String, Integer>();
    for (var setting : DirectiveTable.overrides(Setting.class).entrySet()) {
      String name = setting.getKey();
      var values = Stream.concat(Stream.of(setting.getValue().in(mode).example()), EDGES.stream());
      Stream.concat(values, Stream.generate(() -> joined(random)).limit(150))
          .forEach(
              value -> {
                Compilation result = compile(mode, settings(name, value));
                if (result instanceof Compilation.Compiled) {
                  used.merge(name, 1, Integer::sum);
                } else if (result instanceof Compilation.Rejected(_, var errors)) {
                  assertRefusedForItsInput(name + "=" + value, errors);
                }
              });
    }
    assertThat(used.keySet()).isEqualTo(DirectiveTable.overrides(Setting.class).keySet());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LimitNOFILE|64K|takes no K or M",
        "LimitNPROC|1M|takes no K or M",
        "LimitNOFILE|512:1K|takes no K or M",
        "LimitNOFILE|1024:512|lower one first",
        "LimitNOFILE|010|takes no K or M",
        "LimitAS|64M:32M|lower one first",
        "LimitAS|16E|a limit such as 64M",
        "MemoryMax|999999999999999E|a size such as 64M",
        "MemoryMax|0|but not 0",
        "MemoryMax|101%|a percentage",
        "TasksMax|0|a number of tasks",
        "OOMScoreAdjust|010|a score",
        "RestartSec|999999999w|a time",
        "RestartSec|0|at least 1s",
        "RestartSec|0s 900ms|at least 1s",
        "TimeoutStopSec|infinity|at most 90s",
        "TimeoutStopSec|0|more than 0",
        "TimeoutStopSec|0s|more than 0",
        "TimeoutStopSec|91s|at most 90s",
        "TimeoutStopSec|1min 31s|at most 90s",
        "TimeoutStopSec|90001ms|at most 90s",
        "TimeoutStartSec|2min|at most 90s",
      })
  void aValueThatSystemdWouldIgnoreIsRefused(String name, String value, String help) {
    assertThat(compile(Mode.CLOSED, settings(name, value)))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            rejected ->
                assertThat(rejected.errors())
                    .singleElement()
                    .satisfies(
                        error -> {
                          assertThat(error.problem()).isEqualTo(Problem.INVALID_VALUE);
                          assertThat(error.message()).contains(name).contains(value);
                          assertThat(error.help()).contains(help);
                        }));
  }

  /** Whatever the table lets through, systemd ends a stop in time and pauses before a restart. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void everyAcceptedTimeIsWithinBounds(Mode mode) {
    var random = new Random(22);
    var units = List.of("", "s", "sec", "ms", "us", "m", "min", "h", "d", "w");
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      var text = new StringJoiner(" ");
      for (int spans = 1 + random.nextInt(3); spans > 0; spans--) {
        int figures = 1 << random.nextInt(18);
        text.add(random.nextInt(figures) + units.get(random.nextInt(units.size())));
      }
      String value = text.toString();
      for (var setting : DirectiveTable.overrides(Setting.class).entrySet()) {
        String name = setting.getKey();
        boolean bounded = name.matches("(Timeout(Start|Stop|Abort)|Restart)Sec");
        if (bounded && setting.getValue().in(mode).accepts(value)) {
          accepted++;
          boolean pause = name.equals("RestartSec");
          assertThat(Effective.microseconds(value))
              .as("%s=%s", name, value)
              .isBetween(pause ? 1_000_000L : 1L, pause ? Long.MAX_VALUE : 90_000_000L);
        }
      }
    }
    assertThat(accepted).isGreaterThan(5_000);
  }

  @Test
  void everyAcceptedTextIsCompiled() {
    var random = new Random(21);
    int compiled = 0;
    for (int i = 0; i < 6000; i++) {
      Mode mode = random.nextBoolean() ? Mode.CLOSED : Mode.OPEN;
      Node document = document(mode, texts(random));
      if (SpecReader.read(document) instanceof SpecReader.Read(var app, _)) {
        DeviceFacts facts = TestDevice.with(random.nextBoolean() ? 252 : 257);
        switch (Compiler.compile(app, facts)) {
          case Compilation.Compiled _ -> compiled++;
          case Compilation.Rejected(_, var errors) ->
              assertRefusedForItsInput(app.toString(), errors);
        }
      }
    }
    assertThat(compiled).isGreaterThan(500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/srv/app ", "/srv/app\t", "/srv/a\tb", "/srv/app\u3000", "/ "})
  void aFolderWhoseNameALineCannotHoldIsRefused(String folder) {
    Node run =
        map(
            "command",
            new Node.Sequence(AT, List.of(text("/usr/bin/app"))),
            "workingDirectory",
            text(folder));
    assertThat(SpecReader.read(document(Mode.CLOSED, List.of(entry("run", run)))))
        .isInstanceOfSatisfying(
            SpecReader.Refused.class,
            refused ->
                assertThat(refused.diagnostics())
                    .singleElement()
                    .satisfies(
                        d -> {
                          assertThat(d.problem()).isEqualTo(Problem.UNSAFE_PATH);
                          assertThat(d.message()).contains("spec.run.workingDirectory");
                          assertThat(d.help()).contains("remove it");
                        }));
  }

  @Test
  void aFaultOfTheCompilerRejectsTheAppThatMetIt() {
    var facts = TestDevice.with(257);
    var broken =
        new DeviceFacts(
            facts.systemdVersion(),
            facts.kernel(),
            facts.architecture(),
            facts.features(),
            facts.syscalls(),
            facts.labels(),
            new TreeMap<>(Map.of("media", "/srv/\nmedia")));
    var app =
        FlowText.read(
            "pump",
            "{run: {command: [/usr/bin/app]},"
                + " permissions: {storage: [{source: media, mountPath: /data}]}}");
    assertThat(Compiler.compile(app, broken))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            rejected ->
                assertThat(rejected.errors())
                    .singleElement()
                    .satisfies(
                        error -> {
                          assertThat(error.problem()).isEqualTo(Problem.DEFECT);
                          assertThat(error.at()).isEqualTo(app.at());
                          assertThat(error.message())
                              .startsWith("this is a fault of Sandbar: IllegalArgumentException")
                              .contains("pump");
                          assertThat(error.help())
                              .isEqualTo("report it; the last good version stays");
                        }));
  }

  private static void assertRefusedForItsInput(String input, List<Diagnostic> errors) {
    assertThat(errors).as(input).isNotEmpty().noneMatch(e -> e.problem() == Problem.DEFECT);
  }

  private static Compilation compile(Mode mode, List<Node.Entry> fields) {
    return switch (SpecReader.read(document(mode, fields))) {
      case SpecReader.Read(var app, _) -> Compiler.compile(app, TestDevice.with(257));
      case SpecReader.Refused refused -> throw new AssertionError(refused.diagnostics().toString());
    };
  }

  private static List<Node.Entry> settings(String name, String value) {
    return List.of(
        entry("run", map("command", new Node.Sequence(AT, List.of(text("/usr/bin/app"))))),
        entry("directives", map(name, text(value))));
  }

  private static String joined(Random random) {
    return Stream.generate(() -> TOKENS.get(random.nextInt(TOKENS.size())))
        .limit(1 + random.nextInt(4))
        .collect(Collectors.joining());
  }

  /** Fields of a spec, every text of which may be odd. */
  private static List<Node.Entry> texts(Random random) {
    var run =
        map(
            "command",
            new Node.Sequence(AT, List.of(path(random), word(random), word(random))),
            "environment",
            map("A", word(random), "B", word(random)),
            "workingDirectory",
            path(random));
    var fields = new ArrayList<>(List.of(entry("run", run)));
    var mount = map("source", text("media"), "mountPath", path(random));
    switch (random.nextInt(7)) {
      case 0 -> fields.add(entry("permissions", map("storage", list(mount))));
      case 1 ->
          fields.add(
              entry(
                  "permissions",
                  map("devices", list(map("device", text("/dev/node" + odd(random)))))));
      case 2 ->
          fields.add(entry("permissions", map("networkNamespace", text("uplink" + odd(random)))));
      case 3 ->
          fields.add(entry("image", map("path", path(random), "sha256", text("a".repeat(64)))));
      case 4 -> fields.add(entry("systemCalls", map("deny", list(text("ptrace" + odd(random))))));
      case 5 -> fields.add(entry("directives", map(filter(random), word(random))));
      default -> fields.add(entry("directives", map("RootImage", path(random))));
    }
    return fields;
  }

  private static String filter(Random random) {
    var filters = List.copyOf(DirectiveTable.overrides(Filter.class).keySet());
    return filters.get(random.nextInt(filters.size()));
  }

  private static Node path(Random random) {
    return text("/srv/app" + (random.nextInt(3) == 0 ? odd(random) : ""));
  }

  private static Node word(Random random) {
    List<String> known =
        List.of("yes", "no", "none", "any", "~AF_INET", "user", "10.0.0.0/8", "@mount", "");
    return text(random.nextBoolean() ? odd(random) : known.get(random.nextInt(known.size())));
  }

  private static String odd(Random random) {
    return Stream.generate(() -> ODD.get(random.nextInt(ODD.size())))
        .limit(random.nextInt(3))
        .collect(Collectors.joining(random.nextBoolean() ? "" : "x"));
  }

  private static Node document(Mode mode, List<Node.Entry> fields) {
    var spec = new ArrayList<>(fields);
    spec.add(entry("mode", text(mode == Mode.CLOSED ? "Closed" : "Open")));
    return map(
        "apiVersion",
        text("sandbar.dev/v1alpha1"),
        "kind",
        text("AppSandbox"),
        "metadata",
        map("name", text("app")),
        "spec",
        new Node.Mapping(AT, spec));
  }

  private static Node text(String text) {
    return new Node.Scalar(AT, Node.Kind.TEXT, text);
  }

  private static Node list(Node... items) {
    return new Node.Sequence(AT, Arrays.asList(items));
  }

  private static Node.Entry entry(String key, Node value) {
    return new Node.Entry(AT, key, value);
  }

  private static Node map(Object... keysAndValues) {
    var entries = new ArrayList<Node.Entry>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      entries.add(entry((String) keysAndValues[i], (Node) keysAndValues[i + 1]));
    }
    return new Node.Mapping(AT, entries);
  }
}
