package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.FactsDocument;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** validate, explain, compile and plan, on a machine that is no device. */
class SpecCommandsTest {
  private static final String SPECS = "src/test/resources/specs";
  private static final String PUMP = SPECS + "/pump.yaml";
  private static final String WRONG = "src/test/resources/broken/wrong.yaml";

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "explain.txt | explain",
        "explain-internet.txt | explain internet",
        "explain-no-internet.txt | explain ACCESS_INTERNET=no",
        "explain-ports.txt | explain ACCESS_PORTS=8080/tcp,5353/udp",
        "explain-directive.txt | explain IPAddressDeny",
        "validate.txt | validate src/test/resources/specs",
      })
  void outputIsAsReviewed(String golden, String line) {
    var ran = Ran.sandbar(line.split(" "));
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).doesNotContain("\u001B");
    assertThat(ran.out().lines()).allMatch(text -> text.length() <= 80, "fits 80 columns");
    Golden.matches(golden, ran.out());
  }

  @Test
  void whatIsWrongIsToldWithItsPlaceItsLineAndTheHelp() {
    var ran = Ran.sandbar("validate", WRONG);
    assertThat(ran.code()).isEqualTo(1);
    Golden.matches("validate-wrong.txt", ran.out());
    assertThat(ran.out()).contains(WRONG + ":7:5: error: ").contains("internet");
  }

  @Test
  void oneWrongFileDoesNotHideTheOthers() {
    var ran = Ran.sandbar("validate", WRONG, SPECS, "-o", "json");
    assertThat(ran.code()).isEqualTo(1);
    Fields result = Parsed.json(ran.out());
    assertThat(result.flag("valid")).isFalse();
    assertThat(result.list("apps", n -> Fields.of(n).text("name")))
        .containsExactly("pump-controller", "quiet");
    assertThat(result.list("diagnostics", n -> Fields.of(n).text("file"))).containsOnly(WRONG);
  }

  @Test
  void everyKindOfOursIsRead() throws IOException {
    String source = "apiVersion: sandbar.dev/v1alpha1\nkind: GitSource\nmetadata: {name: apps}\n";
    Path good = temp.resolve("good.yaml");
    Files.writeString(
        good, source + "spec: {url: 'https://example.com/a', path: ./plant, interval: 1h30m}\n");
    Path device = temp.resolve("device.yaml");
    Files.writeString(device, source.replace("GitSource", "Device") + "spec: {suspend: true}\n");
    var ran = Ran.sandbar("validate", good.toString(), device.toString());
    assertThat(ran.code()).as(ran.out()).isZero();
    assertThat(ran.out()).contains("not checked here", "kubectl apply --dry-run=server");
    Path bad = temp.resolve("bad.yaml");
    Files.writeString(bad, source + "spec:\n  url: git@example.com:a\n  intervall: 1m\n");
    var refused = Ran.sandbar("validate", bad.toString());
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.out())
        .contains(bad + ":5:8: error: spec.url:", "write https://HOST/PATH")
        .contains(bad + ":6:3: error: unknown field 'intervall' in spec", "interval");
  }

  @Test
  void theSameNameTwiceIsAnErrorThatNamesBothPlaces() throws IOException {
    Path copy = Files.copy(Path.of(PUMP), temp.resolve("again.yaml"));
    var ran = Ran.sandbar("validate", PUMP, copy.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out())
        .contains(copy + ":1:1: error: there is an app pump-controller already, at " + PUMP);
  }

  @Test
  void twoAppsOnOnePortOfOneDeviceAreNamed() throws IOException {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: %s}
        spec:
          devices: {matchLabels: {site: %s}}
          run: {command: [/usr/bin/web]}
          permissions: {localNetwork: true, ports: [%s]}
        """;
    Path first = temp.resolve("first.yaml");
    Files.writeString(first, app.formatted("first", "berlin", "{port: 8080}, {port: 9090}"));
    Path second = temp.resolve("second.yaml");
    Files.writeString(second, app.formatted("second", "berlin", "{port: 8080}"));
    var ran = Ran.sandbar("validate", first.toString(), second.toString());
    assertThat(ran.out())
        .contains("app 'second' listens on port 8080/tcp, as app 'first' does", "1 warning");
    // Another device, another protocol.
    for (String other :
        List.of(
            app.formatted("second", "rome", "{port: 8080}"),
            app.formatted("second", "berlin", "{port: 8080, protocol: udp}"))) {
      Files.writeString(second, other);
      assertThat(Ran.sandbar("validate", first.toString(), second.toString()).out())
          .contains("no warning");
    }
  }

  /** Nobody must take an app that is given everything for one that asks for nothing. */
  @Test
  void whatAnOpenAppIsStandsInThePlan() throws IOException {
    String app =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: logger}
        spec: {run: {command: [/usr/bin/logger]}, mode: Open%s}
        """;
    Path file = Files.writeString(temp.resolve("logger.yaml"), app.formatted(""));
    assertThat(Ran.sandbar("plan", file.toString()).out())
        .contains("permissions: everything; runs as root")
        .doesNotContain("nothing but run");
    Files.writeString(file, app.formatted(", permissions: {jit: false}"));
    assertThat(Ran.sandbar("plan", file.toString()).out())
        .contains("permissions: everything but jit; runs as root");
    Files.writeString(file, app.formatted(", directives: {User: www-data}"));
    assertThat(Ran.sandbar("plan", file.toString()).out())
        .contains("permissions: everything; mode: Open")
        .doesNotContain("runs as root");
    Files.writeString(
        file, app.formatted("").replace("{command: [/usr/bin/logger]}", "{unit: cron.service}"));
    assertThat(Ran.sandbar("plan", file.toString()).out())
        .contains("; mode: Open")
        .doesNotContain("runs as root");
  }

  /** A group of calls brings nothing back that is withheld, and who asked for it hears so. */
  @Test
  void whatAGroupOfCallsDoesNotOpenIsAWarning() throws IOException {
    Path file =
        Files.writeString(
            temp.resolve("asking.yaml"),
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: AppSandbox
            metadata: {name: asking}
            spec: {run: {command: [/usr/bin/app]}, systemCalls: {allow: ["@system-service"]}}
            """);
    for (String command : List.of("validate", "plan")) {
      var ran = Ran.sandbar(command, file.toString());
      assertThat(ran.out() + ran.err())
          .as(command)
          .contains("warning: systemCalls.allow: @system-service opens nothing; withheld: accept");
    }
  }

  @Test
  void standardInputIsReadForADash() throws IOException {
    var ran = Ran.with(Map.of(), Files.readString(Path.of(PUMP)), "validate", "-");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).isEqualTo("1 file, 1 app: no error, no warning\n");
  }

  @Test
  void aFileLargerThanIsReadIsRefusedBeforeItIsParsed() throws IOException {
    Path large = Files.writeString(temp.resolve("large.yaml"), "a: ".repeat(400_000));
    var ran = Ran.sandbar("validate", large.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("error:").contains("large.yaml");
    assertThat(ran.out().lines()).allMatch(line -> line.length() < 300);
  }

  @Test
  void missingFilesAndEmptyDirectoriesAreErrors() {
    assertThat(Ran.sandbar("validate", temp.resolve("none.yaml").toString()))
        .isEqualTo(
            new Ran(1, "", "sandbar: " + temp.resolve("none.yaml") + ": there is no such file\n"));
    var empty = Ran.sandbar("compile", temp.toString());
    assertThat(empty.code()).isEqualTo(1);
    assertThat(empty.err().replaceAll("\\s+", " "))
        .contains("there is no .yaml, .yml, .json or .service file");
  }

  @Test
  void aTerminalCannotBeToldCommandsThroughASpec() throws IOException {
    Path file =
        Files.writeString(
            temp.resolve("x.yaml"), Files.readString(Path.of(WRONG)) + "  # \u001B[2J\n");
    assertThat(Ran.sandbar("validate", file.toString()).out()).doesNotContain("\u001B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "yaml"})
  void everythingIsThereForMachinesToo(String format) {
    for (String line :
        new String[] {
          "explain",
          "explain internet",
          "explain ACCESS_INTERNET=no",
          "explain SystemCallFilter",
          "explain " + PUMP,
          "validate " + SPECS,
          "compile " + SPECS,
          "plan " + SPECS
        }) {
      var ran = Ran.sandbar((line + " -o " + format).split(" "));
      Fields document = format.equals("json") ? Parsed.json(ran.out()) : Parsed.yaml(ran.out());
      assertThat(document.text("apiVersion")).isEqualTo("sandbar.dev/v1alpha1");
      assertThat(document.text("kind")).isNotEmpty();
    }
  }

  @Test
  void compilePrintsTheBytesThatADeviceWouldWrite() throws IOException {
    Specs specs = SpecFiles.read(List.of(PUMP), InputStream.nullInputStream());
    String text = Compilations.of(specs, ReferenceDevice.facts()).apps().getFirst().text();
    assertThat(Ran.sandbar("compile", PUMP).out()).isEqualTo(text);
  }

  @Test
  void aWholeSpecIsExplainedPermissionByPermission() {
    var ran = Ran.sandbar("explain", PUMP);
    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines()).allMatch(text -> text.length() <= 80, "fits 80 columns");
    assertThat(ran.out())
        .containsPattern("internetTo +granted .*")
        .contains("203.0.113.0/24")
        .containsPattern("jit +withheld .*")
        .containsPattern("serial +DeviceAllow +/dev/ttyUSB0 rw")
        .containsPattern("default +NoNewPrivileges +yes");
  }

  @Test
  void compileForMachinesSaysWhatSystemdAndTheKernelMustShow() {
    Fields app =
        Parsed.json(Ran.sandbar("compile", PUMP, "-o", "json").out())
            .list("items", Fields::of)
            .getFirst();
    assertThat(app.text("unit")).isEqualTo("sandbar-pump-controller.service");
    assertThat(app.text("text")).contains("IPAddressAllow=203.0.113.0/24");
    assertThat(app.child("effective").flag("NoNewPrivileges")).isTrue();
    assertThat(app.child("kernel").flag("seccompFilter")).isTrue();
    assertThat(app.list("directives", n -> Fields.of(n).text("because")))
        .contains("default", "internetTo", "serial", "state", "directives");
  }

  @Test
  void anAliasOnTheCommandLineClosesWhatTheFileOpens() {
    var open = Ran.sandbar("compile", PUMP);
    var closed =
        Ran.sandbar(
            "compile", PUMP, "--set", "ACCESS_INTERNET=no", "--set", "ACCESS_INTERNET_TO=no");
    assertThat(open.out()).contains("RestrictAddressFamilies=AF_INET AF_INET6");
    assertThat(closed.out())
        .contains("RestrictAddressFamilies=none", "PrivateNetwork=yes")
        .doesNotContain("IPAddressAllow");
  }

  @Test
  void aWrongAliasIsAnErrorThatTellsTheRightOne() {
    var ran = Ran.sandbar("compile", PUMP, "--set", "ACCESS_INTERNT=no");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("ACCESS_INTERNT").contains("ACCESS_INTERNET");
    assertThat(Ran.sandbar("compile", PUMP, "--set", "ACCESS_INTERNET=perhaps").err())
        .contains("'perhaps' is neither");
  }

  @Test
  void anAppThatIsNotInTheFilesIsAnErrorThatListsThoseThatAre() {
    var ran = Ran.sandbar("compile", SPECS, "--app", "pomp");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("there is no app pomp").contains("pump-controller, quiet");
    assertThat(Ran.sandbar("compile", SPECS, "--app", "quiet").out())
        .contains("quiet")
        .doesNotContain("pump");
  }

  @Test
  void explainOfSomethingUnknownNamesTheNearest() {
    var ran = Ran.sandbar("explain", "internt");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("internt").contains("Did you mean internet?");
    assertThat(Ran.sandbar("explain", "IPAdressDeny").err()).contains("IPAddressDeny");
  }

  @Test
  void withoutADeviceTheReferenceDeviceIsUsedAndSaidOnce() {
    var ran = Ran.sandbar("compile", SPECS);
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).containsOnlyOnce("reference device").contains("systemd 257");
  }

  @Test
  void factsOfAFileAreUsedAndDecideWhatCanBeEnforced() throws IOException {
    Path facts = temp.resolve("facts.json");
    String all = Ran.sandbar("facts", "--facts", saved(facts, ""), "-o", "json").out();
    assertThat(Ran.sandbar("compile", PUMP, "--facts", facts.toString()).err()).isEmpty();
    Files.writeString(facts, all.replace("\"CGROUP_BPF_IP\",", ""));
    var ran = Ran.sandbar("validate", PUMP, "--facts", facts.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("cgroup-BPF").contains("error:");
  }

  @Test
  void whatTheDeviceLacksIsSaidOnceAndNotForEachApp() throws IOException {
    Path facts = temp.resolve("facts.json");
    String all = Ran.sandbar("facts", "--facts", saved(facts, ""), "-o", "json").out();
    Files.writeString(facts, all.replaceFirst("\"PIDS_CONTROLLER\",?", ""));
    Path apps = Files.createDirectory(temp.resolve("apps"));
    for (String name : List.of("one", "two")) {
      Files.writeString(
          apps.resolve(name + ".yaml"),
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AppSandbox
          metadata: {name: %s}
          spec: {run: {command: [/usr/bin/app]}}
          """
              .formatted(name));
    }
    var ran = Ran.sandbar("validate", apps.toString(), "--facts", facts.toString());
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).containsOnlyOnce("TasksMax is left out").contains("1 warning");
  }

  @Test
  void aVolumeThatOnlyADeviceKnowsIsAWarningUnlessADeviceIsGiven() throws IOException {
    String spec = "../../examples/status-page.yaml";
    var ran = Ran.sandbar("validate", spec);
    assertThat(ran.out()).contains("warning:").contains("volume pages").doesNotContain("error:");
    assertThat(ran.code()).isZero();
    String facts = saved(temp.resolve("facts.json"), "");
    assertThat(Ran.sandbar("validate", spec, "--facts", facts).out())
        .contains("error:", "this device has no volume pages");
    assertThat(Ran.sandbar("validate", "../../examples").code()).isZero();
  }

  @Test
  void aFileThatHoldsNoFactsIsRefused() throws IOException {
    Path file = Files.writeString(temp.resolve("x.json"), "{\"kind\": \"Other\"}");
    var ran = Ran.sandbar("compile", PUMP, "--facts", file.toString());
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("x.json:1:1").contains("sandbar facts");
    Files.writeString(file, "{");
    assertThat(Ran.sandbar("compile", PUMP, "--facts", file.toString()).err()).contains("x.json:1");
  }

  @Test
  void aPlanForANewDeviceSaysWhatIsNewAndExitsWithTwo() throws IOException {
    var ran = Ran.sandbar("plan", SPECS, "--facts", saved(temp.resolve("facts.json"), ""));
    assertThat(ran.code()).isEqualTo(2);
    Golden.matches("plan-new.txt", ran.out());
  }

  @Test
  void appsOfOtherDevicesAreLeftOut() throws IOException {
    Path file =
        Files.writeString(
            temp.resolve("berlin.yaml"),
            Files.readString(Path.of(SPECS, "quiet.yaml"))
                + "  devices: {matchLabels: {site: berlin}}\n");
    Path facts = temp.resolve("facts.json");
    var elsewhere = Ran.sandbar("plan", file.toString(), "--facts", saved(facts, "rome"));
    assertThat(elsewhere.err()).contains("1 app of other devices left out");
    assertThat(elsewhere.out()).doesNotContain("quiet");
    assertThat(Ran.sandbar("plan", file.toString(), "--facts", saved(facts, "berlin")).out())
        .contains("+ quiet");
  }

  @Test
  void aPlanOfFilesOfWhichOneIsWrongIsAnErrorButShowsTheOthers() {
    var ran = Ran.sandbar("plan", WRONG, PUMP);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("+ pump-controller");
    assertThat(ran.err()).contains(WRONG + ":7:5: error:");
  }

  @Test
  void aPlanCanBeSaved() {
    Path out = temp.resolve("plan.json");
    var ran = Ran.sandbar("plan", PUMP, "--out", out.toString());
    assertThat(ran.code()).isEqualTo(2);
    Fields plan = Fields.of(read(out));
    assertThat(plan.text("kind")).isEqualTo("Plan");
    assertThat(plan.list("steps", n -> Fields.of(n).text("step")))
        .contains("write", "reload", "enable", "start");
  }

  @Test
  void nothingIsAppliedUnasked() {
    var ran = Ran.sandbar("apply", PUMP);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("--yes");
  }

  private static Node read(Path file) {
    try {
      return Parsed.jsonNode(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Saves the facts of the reference device, with a label if there is a site. */
  private static String saved(Path file, String site) throws IOException {
    var facts =
        ReferenceDevice.facts()
            .configured(site.isEmpty() ? Map.of() : Map.of("site", site), Map.of());
    SavedFile.write(file, FactsDocument.write(facts));
    return file.toString();
  }
}
