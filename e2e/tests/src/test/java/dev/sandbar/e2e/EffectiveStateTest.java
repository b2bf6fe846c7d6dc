package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.BaseUnits;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.device.kernel.KnownFilters;
import dev.sandbar.device.observe.Observer;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.FactsProbe;
import dev.sandbar.device.systemd.SystemdAnalyze;
import dev.sandbar.source.text.YamlReader;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;

/**
 * What the compiler says a unit leads to is what a real systemd of each version reports for it, and
 * what the kernel holds of its processes.
 */
@ParameterizedClass
@OnEachSystemd
final class EffectiveStateTest {

  private static final List<UnitName> SLICES = List.of(new UnitName("-.slice"), UnitName.SLICE);

  private static final String IMAGE =
      "image: {path: /srv/app.squashfs, sha256: " + "3b".repeat(32) + "}";

  /** Specs without an image: they can be started. */
  private static final Map<String, String> RUNNABLE =
      Map.of(
          "closed", "",
          "internet", "permissions: {internet: true}",
          "narrow", "permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}]}",
          "ports",
              "permissions: {localNetwork: true, ports: [{name: web, port: 8080},"
                  + " {name: dns, port: 5353, protocol: UDP}]}",
          "state", "permissions: {state: true, jit: true}",
          "open", "mode: Open",
          "open-offline", "mode: Open, permissions: {internet: false, state: false}",
          "limited",
              "directives: {LimitNOFILE: 1024, RestrictNamespaces: \"~user\","
                  + " Restart: on-failure}",
          "calls",
              "systemCalls: {allow: [\"@resources\", ptrace], deny: [\"@reboot\", \"@module\"]}");

  /** Specs whose units are only loaded. */
  private static final Map<String, String> LOADABLE =
      Map.of(
          "image", IMAGE,
          "serial", IMAGE + ", permissions: {serial: [{device: /dev/ttyUSB0}], jit: true}",
          "names",
              IMAGE
                  + ", permissions: {networkNamespace: uplink, internet: true,"
                  + " localNetwork: true}");

  @SuppressWarnings("NullAway.Init")
  private static VirtualDevice device;

  @SuppressWarnings("NullAway.Init")
  private static DbusSystemd systemd;

  @SuppressWarnings("NullAway.Init")
  private static DeviceFacts facts;

  EffectiveStateTest(Suite suite) {
    assertThat(device.suite()).isEqualTo(suite);
  }

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) {
    device = VirtualDevice.named("effective").suite(suite).boot();
    systemd = DbusSystemd.connect("unix:path=" + device.busSocket());
    facts = new FactsProbe(device.root(), systemd, analyze()).probe();
    BaseUnits.texts(SliceLimits.DEFAULT)
        .forEach((unit, text) -> device.write("/etc/systemd/system/" + unit, text));
  }

  @AfterParameterizedClassInvocation
  static void remove() {
    systemd.close();
    device.close();
  }

  private static SystemdAnalyze analyze() {
    return new SystemdAnalyze(
        List.of(
            "/usr/bin/nsenter",
            "--target",
            Long.toString(device.pid()),
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--pid",
            "--cgroup"));
  }

  @Test
  void everyPropertyReadsBackAsForetold() {
    var apps = new TreeMap<String, CompiledApp>();
    compile(RUNNABLE, apps);
    compile(LOADABLE, apps);
    load(apps);

    Observation seen = observe(apps);

    for (CompiledApp app : apps.values()) {
      assertThat(Differ.app(app, seen, facts.systemdVersion()))
          .as(app.unit() + "\n" + app.text())
          .filteredOn(d -> d.layer() == Layer.FILE || d.layer() == Layer.MANAGER)
          .isEmpty();
    }
  }

  @Test
  void aStartedAppDiffersInNothing() {
    var apps = new TreeMap<String, CompiledApp>();
    compile(RUNNABLE, apps);
    load(apps);
    apps.values()
        .forEach(
            app -> {
              device.exec("systemctl", "enable", app.unit().value()).orThrow();
              device.exec("systemctl", "start", app.unit().value()).orThrow();
            });

    Observation seen = observe(apps);

    for (CompiledApp app : apps.values()) {
      assertThat(Differ.app(app, seen, facts.systemdVersion())).as(app.text()).isEmpty();
    }
  }

  /** Whatever {@code directives:} accepts, with a value that it says is one. */
  @Test
  void everyAcceptedDirectiveReadsBackAsForetold() {
    var apps = new TreeMap<String, CompiledApp>();
    compile(Map.of("all-closed", directives(Mode.CLOSED, "")), apps);
    compile(Map.of("all-open", directives(Mode.OPEN, "")), apps);
    // Raising a limit takes a right that PID 1 of a container may lack.
    compile(Map.of("all-started", directives(Mode.CLOSED, "Limit")), apps);
    load(apps);
    var start = device.exec("systemctl", "start", "sandbar-all-started.service");
    assertThat(start.ok())
        .as(() -> device.exec("journalctl", "-n", "30", "--no-pager").stdout())
        .isTrue();

    Observation seen = observe(apps);

    assertThat(apps).hasSize(3);
    for (CompiledApp app : apps.values()) {
      boolean started = app.unit().value().contains("started");
      assertThat(Differ.app(app, seen, facts.systemdVersion()))
          .as(app.unit() + "\n" + app.text())
          .filteredOn(d -> started ? d.layer() != Layer.STATE : d.layer() == Layer.MANAGER)
          .isEmpty();
    }
  }

  private static String directives(Mode mode, String without) {
    var all = new TreeMap<String, String>();
    DirectiveTable.overrides(DirectiveOverride.Setting.class)
        .forEach((name, setting) -> all.put(name, setting.in(mode).example()));
    DirectiveTable.overrides(DirectiveOverride.Ladder.class)
        .forEach((name, ladder) -> all.put(name, strongest(ladder)));
    all.put("InaccessiblePaths", "/etc/pam.d -/srv/none");
    if (mode == Mode.OPEN) {
      all.put("ReadOnlyPaths", "/etc/default -/srv/none");
    }
    all.keySet()
        .removeIf(
            name ->
                (!without.isEmpty() && name.startsWith(without))
                    || !DirectiveTable.find(name).orElseThrow().existsIn(facts.systemdVersion())
                    || Feature.neededBy(name).filter(need -> !facts.has(need)).isPresent());
    assertThat(all).hasSizeGreaterThan(35);
    String lines =
        all.entrySet().stream()
            .map(it -> "%s: \"%s\"".formatted(it.getKey(), it.getValue()))
            .collect(Collectors.joining(", "));
    return "mode: %s, directives: {%s}".formatted(mode == Mode.OPEN ? "Open" : "Closed", lines);
  }

  private static String strongest(DirectiveOverride.Ladder ladder) {
    return ladder.words().stream()
        .filter(it -> it.since() <= facts.systemdVersion())
        .toList()
        .getLast()
        .word();
  }

  /** Two hundred units over all versions, the shipped table of the tool and not our reading. */
  @Test
  void theExposureIsTheOneThatSystemdGives() {
    Map<String, CompiledApp> apps = ExposureParity.apps(67, facts, device.suite().ordinal());
    load(apps);
    ExposureParity.assertEqual(device, apps, facts);
  }

  @Test
  void whatNobodyDeclaredIsSeen() {
    var apps = new TreeMap<String, CompiledApp>();
    compile(Map.of("tampered", ""), apps);
    load(apps);
    CompiledApp app = apps.firstEntry().getValue();
    String dropIn = "/etc/systemd/system/" + app.unit() + ".d/50-x.conf";
    device.write(dropIn, "[Service]\nReadWritePaths=/etc\nExecStartPre=+/bin/true\n");
    systemd.reload();

    List<Difference> found = Differ.app(app, observe(apps), facts.systemdVersion());

    assertThat(found)
        .extracting(d -> d.subject().toString())
        .contains(dropIn, "DropInPaths", "ReadWritePaths", "ExecStartPre");
  }

  private static void compile(Map<String, String> specs, Map<String, CompiledApp> apps) {
    specs.forEach(
        (name, spec) -> {
          String yaml =
              """
              apiVersion: sandbar.dev/v1alpha1
              kind: AppSandbox
              metadata: {name: %s}
              spec: {run: {command: [/usr/bin/sleep, 1h], environment: {A: "x y %%"}}%s}
              """
                  .formatted(name, spec.isEmpty() ? "" : ", " + spec);
          var read = YamlReader.read(name + ".yaml", yaml.getBytes(StandardCharsets.UTF_8));
          assertThat(read.diagnostics()).isEmpty();
          compiled(SpecReader.read(read.documents().getFirst()))
              .ifPresent(app -> apps.put(name, app));
        });
    assertThat(apps).isNotEmpty();
  }

  /** Empty if the device lacks what the app needs: only the oldest may, and only socket filters. */
  private static Optional<CompiledApp> compiled(SpecReader.Outcome outcome) {
    return switch (outcome) {
      case SpecReader.Refused refused -> throw new AssertionError(refused.diagnostics().toString());
      case SpecReader.Read(var spec, _) ->
          switch (Compiler.compile(spec, facts)) {
            case Compilation.Compiled(var app, _) -> Optional.of(app);
            case Compilation.Rejected(_, var errors) -> {
              assertThat(facts.has(Feature.CGROUP_BPF_SOCKET_BIND)).as(errors.toString()).isFalse();
              assertThat(errors).allMatch(e -> e.problem() == Problem.CANNOT_ENFORCE);
              yield Optional.empty();
            }
          };
    };
  }

  private static void load(Map<String, CompiledApp> apps) {
    for (CompiledApp app : apps.values()) {
      String file = "/etc/systemd/system/" + app.unit();
      device.write(file, app.text());
      device.exec("chmod", "600", file).orThrow();
    }
    systemd.reload();
  }

  private static Observation observe(Map<String, CompiledApp> apps) {
    var units = new TreeSet<UnitName>();
    apps.values().forEach(app -> units.add(app.unit()));
    return Observer.of(
            device.root(), systemd, new ImageStore(device.root())::verified, KnownFilters.none())
        .observe(units, SLICES);
  }
}
