package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.Explainer;
import dev.sandbar.core.compile.Explanation;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.KernelSettings;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The reference pages are made from the code. {@code -Dsandbar.docs.write=true} writes them anew;
 * without it a page that the code has left behind fails here.
 */
class ReferenceDocsTest {

  private static final Path ROOT = Path.of("../..");
  private static final Path FOLDER = ROOT.resolve("docs/reference");
  private static final String CORE = "reconciler/core/src/main/java/dev/sandbar/core/";
  private static final String DEVICE = "device-runtime/src/main/java/dev/sandbar/device/";
  private static final String OPERATOR = "reconciler/operator/src/main/java/dev/sandbar/operator/";

  /**
   * Reasons that only apps on devices have: of their health, and of what a device's owner declares.
   */
  private static final Set<String> OF_DEVICE_ALONE =
      Set.of(
          Reason.SUCCEEDED.text(), Reason.SCHEDULED.text(), Reason.PROGRESSING_WITH_RETRY.text());

  private static final String NOTE =
      "<!-- Generated from the code by ReferenceDocsTest; edits here are lost. -->\n\n";

  /** Longer lists are cut; the command shows them whole. */
  private static final int MOST = 16;

  private static final Pattern CONSTANT =
      Pattern.compile(
          "/\\*\\*\\s*(.*?)\\s*\\*/\\s*([A-Z][A-Z_]+)(?:\\(\"([A-Za-z_]+)\"\\))?(?:[,;]|\\s*})",
          Pattern.DOTALL);

  @Test
  void permissions() throws IOException {
    var page = new StringBuilder("# Permissions\n\n" + NOTE);
    page.append(
        """
        A permission is absent, granted (`true` or a list), or withheld (`false`). In `mode: Closed`, the default, absent
        means withheld. In `mode: Open` only what is withheld by name is restricted. `sandbar explain NAME` shows the same
        for the installed version.

        """);
    for (Permission permission : Permission.values()) {
      PermissionCatalog.Entry entry = PermissionCatalog.entry(permission);
      page.append("## ").append(permission.key()).append("\n\n");
      page.append("| | |\n| --- | --- |\n");
      row(page, "alias", "`" + permission.alias() + "`");
      row(page, "level", permission.level().name().toLowerCase(Locale.ROOT));
      row(page, "granted", entry.opens());
      row(page, "withheld", entry.withheld());
      page.append("\n```yaml\npermissions:\n")
          .append(indented(permission.example()))
          .append("```\n\n");
      page.append("What granting it changes in the unit (Debian 13):\n\n");
      page.append("| directive | withheld | granted |\n| --- | --- | --- |\n");
      for (Explanation.Change change : Explainer.explain(permission).grants()) {
        page.append("| ").append(change.directive());
        page.append(" | ").append(cell(change.before()));
        page.append(" | ").append(cell(change.after())).append(" |\n");
      }
      page.append('\n');
    }
    compare("permissions.md", page.toString());
  }

  @Test
  void kernelSettings() throws IOException {
    var page = new StringBuilder("# Kernel settings\n\n" + NOTE);
    page.append(
        """
        The settings that [`kernelTuning`](../hardware.md#kernel-settings) can name, where the policy of the device lists them, and
        the values that each may have.

        | setting | value |
        | --- | --- |
        """);
    KernelSettings.all()
        .forEach(
            (name, range) ->
                page.append("| `%s` | %s |%n".formatted(name, KernelSettings.shown(range))));
    compare("kernel-settings.md", page.toString());
  }

  @Test
  void directives() throws IOException {
    var page = new StringBuilder("# Directives\n\n" + NOTE);
    page.append(
        """
        What Sandbar knows about systemd directives. `sandbar explain NAME` shows one of them, and which permissions set it
        to which value.

        - since: the first systemd version that has it, if not all supported versions do.
        - needs: what a device must have to enforce it. If the device lacks that, an app is refused unless another
          directive enforces the same.
        - the kernel shows: what Sandbar reads from a running process to verify it.
        - live: a change takes effect in a running app without a restart.
        - ignorable: a rule of [`drift.ignore`](../appsandbox.md#ignored-drift) may name it.
        - in `directives:` of a spec: what a spec may set.

        """);
    page.append(
        "| directive | what it does | since | needs | the kernel shows | live | ignorable |");
    page.append(" in `directives:` | manual |\n");
    page.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (DirectiveInfo directive : DirectiveTable.all().values()) {
      String evidence =
          directive.hold().evidence().stream()
              .map(Evidence::shown)
              .collect(Collectors.joining(", "));
      String override = directive.override().shown();
      page.append(
          "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  directive.name(),
                  directive.meaning(),
                  directive.since() > Compiler.OLDEST_SYSTEMD ? directive.since() : "",
                  Feature.neededBy(directive.name()).map(Feature::title).orElse(""),
                  evidence,
                  directive.liveSettable() ? "yes" : "",
                  directive.ignorable() ? "yes" : "",
                  override,
                  directive.manual()));
    }
    compare("directives.md", page.toString());
  }

  /** The default sandbox, as the reference device compiles it. */
  @Test
  void enforcement() throws IOException {
    Path page = ROOT.resolve("docs/enforcement.md");
    CompiledApp app =
        switch (Workbench.compilation(
            Workbench.manifest("pump", "run: {command: [/usr/bin/pump]}"),
            ReferenceDevice.facts())) {
          case Compilation.Compiled(var compiled, _) -> compiled;
          case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
        };
    var table = new StringBuilder("\n| directive | what shows it |\n| --- | --- |\n");
    var names = new TreeSet<String>();
    app.directives().stream()
        .filter(line -> !line.section().equals("Install"))
        .forEach(line -> names.add(line.name()));
    int nothing = 0;
    for (String name : names) {
      String shown =
          DirectiveTable.find(name).map(DirectiveInfo::evidence).orElse(Set.of()).stream()
              .map(Evidence::shown)
              .collect(Collectors.joining(", "));
      nothing += shown.isEmpty() ? 1 : 0;
      table.append("| `%s` | %s |%n".formatted(name, shown.isEmpty() ? "*nothing*" : shown));
    }
    app.heldByFilter()
        .forEach(
            (name, calls) ->
                table.append(
                    "| `%s` | the call filter refuses `%s` |%n"
                        .formatted(name, String.join("`, `", calls))));
    String text = Files.readString(page);
    String begin = "generated from the code by ReferenceDocsTest -->\n";
    String end = "\n<!-- end of default sandbox -->";
    int from = text.indexOf(begin) + begin.length();
    String whole = text.substring(0, from) + table + text.substring(text.indexOf(end, from - 1));
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(page, whole);
    }
    assertThat(page).as("run with -Dsandbar.docs.write=true").hasContent(whole);
    assertThat(nothing).as("directives of the default sandbox that nothing shows").isBetween(1, 5);
  }

  @Test
  void reasons() throws IOException {
    var page = new StringBuilder("# Conditions, reasons and problems\n\n" + NOTE);
    page.append("## Reasons of conditions\n\n| reason | meaning |\n| --- | --- |\n");
    constants(page, "reconciler/core/src/main/java/dev/sandbar/core/report/Reason.java");
    page.append("\n## Conditions\n\n| condition | meaning |\n| --- | --- |\n");
    constants(page, "reconciler/core/src/main/java/dev/sandbar/core/report/Condition.java");
    page.append("\n## Problems of an input\n\n| problem | meaning |\n| --- | --- |\n");
    constants(page, "reconciler/core/src/main/java/dev/sandbar/core/model/Problem.java");
    page.append("\n## Layers of drift\n\n| layer | meaning |\n| --- | --- |\n");
    constants(page, "reconciler/core/src/main/java/dev/sandbar/core/plan/Difference.java");
    compare("reasons.md", page.toString());
  }

  /** Every reason that the code gives to conditions of a kind is on the page of that kind. */
  @Test
  void everyReasonIsOnThePageOfItsKind() throws IOException {
    SortedSet<String> ofApps =
        reasonsIn(
            DEVICE + "fleet/BundleCopy.java",
            DEVICE + "agent/BundleReport.java",
            DEVICE + "agent/DeferredUpdates.java",
            DEVICE + "agent/Verdicts.java",
            CORE + "report/Conditions.java");
    SortedSet<String> refusals =
        reasonsIn(
            OPERATOR + "reconcile/CompileCache.java", OPERATOR + "reconcile/DesiredBundle.java");
    var ofDevice = new TreeSet<>(reasonsIn(CORE + "fleet/DeviceFold.java"));
    var ofApp = new TreeSet<>(reasonsIn(CORE + "fleet/AppFold.java"));
    // What a device reports of an app that is not ready, and what keeps it from a device.
    for (SortedSet<String> passedOn : List.of(ofApps, refusals)) {
      ofDevice.addAll(passedOn);
      ofApp.addAll(passedOn);
    }
    // Of the conditions Healthy and Drifted of an app on a device, which stay there.
    ofDevice.removeAll(OF_DEVICE_ALONE);
    ofApp.removeAll(OF_DEVICE_ALONE);
    var ofSource = new TreeSet<String>();
    try (Stream<Path> files = Files.list(ROOT.resolve(OPERATOR + "gitsource"))) {
      for (Path file : files.filter(it -> !it.endsWith("SourceReporter.java")).sorted().toList()) {
        ofSource.addAll(reasonsIn(ROOT.relativize(file).toString()));
      }
    }
    ofSource.remove(Reason.SUCCEEDED.text());
    onPage("devicebundle", ofApps);
    onPage("device", ofDevice);
    onPage("appsandbox", ofApp);
    onPage("gitsource", ofSource);
  }

  private static SortedSet<String> reasonsIn(String... sources) throws IOException {
    var found = new TreeSet<String>();
    for (String source : sources) {
      Matcher matcher =
          Pattern.compile("Reason\\.([A-Z]+(?:_[A-Z]+)*)")
              .matcher(Files.readString(ROOT.resolve(source)));
      while (matcher.find()) {
        found.add(Reason.valueOf(matcher.group(1)).text());
      }
    }
    return found;
  }

  private static void onPage(String kind, SortedSet<String> reasons) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/kinds/" + kind + ".md"));
    String table = page.substring(page.indexOf("\n## Conditions"));
    assertThat(reasons)
        .as("docs/kinds/" + kind + ".md")
        .isNotEmpty()
        .allSatisfy(reason -> assertThat(table).contains("`" + reason + "`"));
  }

  @Test
  void operatorMetrics() throws IOException {
    var page = new StringBuilder("# Metrics of the operator\n\n" + NOTE);
    page.append(
        """
        `GET /metrics` on port 9465, for [who may read it](../operator.md#monitoring). Devices are not used as labels, since their number is unbounded, except for the first 50 that send invalid
        reports. The metrics of GitSources are listed in their [guide](../gitsource.md).

        | metric | meaning |
        | --- | --- |
        """);
    constants(
        page, "reconciler/operator/src/main/java/dev/sandbar/operator/report/OperatorMetrics.java");
    compare("operator-metrics.md", page.toString());
  }

  private static void constants(StringBuilder page, String source) throws IOException {
    String text = Files.readString(ROOT.resolve(source));
    Matcher matcher = CONSTANT.matcher(text.substring(text.indexOf("enum ")));
    int found = 0;
    while (matcher.find()) {
      String name = matcher.group(3) == null ? matcher.group(2) : matcher.group(3);
      String meaning =
          matcher
              .group(1)
              .replaceAll("\\s*\\n\\s*\\*\\s*", " ")
              .replaceFirst("^\\* ", "")
              .replaceAll("\\{@\\w+ ([^}]*)}", "`$1`");
      page.append("| `").append(name).append("` | ").append(meaning).append(" |\n");
      found++;
    }
    assertThat(found).as(source).isPositive();
  }

  private static void row(StringBuilder page, String key, String value) {
    page.append("| ").append(key).append(" | ").append(value).append(" |\n");
  }

  private static String cell(List<String> values) {
    List<String> words = List.of(String.join(" ", values).replace("|", "\\|").split(" "));
    if (words.size() > MOST) {
      return "`"
          + String.join(" ", words.subList(0, 3))
          + " ...` and "
          + (words.size() - 3)
          + " more";
    }
    return values.isEmpty() ? "" : "`" + String.join(" ", words) + "`";
  }

  private static String indented(String yaml) {
    return yaml.lines().map(line -> "  " + line + "\n").reduce("", String::concat);
  }

  private static void compare(String name, String page) throws IOException {
    Path file = FOLDER.resolve(name);
    if (Boolean.getBoolean("sandbar.docs.write")) {
      Files.writeString(file, page);
    }
    assertThat(file)
        .as("docs/reference/" + name + ": run with -Dsandbar.docs.write=true")
        .hasContent(page);
  }
}
