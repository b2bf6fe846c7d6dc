package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.ObservedUnit.File;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DifferTest {

  static final UnitName UNIT = UnitName.own(new AppName("pump"));
  private static final String OWN = "/etc/systemd/system/sandbar-pump.service";
  private static final List<String> ALL_PROGRAMS =
      List.of("INGRESS", "EGRESS", "DEVICE", "BIND4", "BIND6");

  static CompiledApp app(int version) {
    return AppVariants.compile("pump", "closed", DriftMode.DETECT, version);
  }

  private static ProcessEvidence process(int pid, String stamp) {
    var namespaces = new TreeMap<>(Map.of("mnt", true, "ipc", true));
    return new ProcessEvidence(
        pid, "sleep", 61200, true, 2, 0, 0, 0, namespaces, stamp, new TreeSet<>());
  }

  static ObservedUnit asDeclared(CompiledApp app, int version) {
    String stamp = GenerationStamp.of(app);
    return new ObservedUnit(
        UNIT,
        List.of(new File(OWN, Sha256.of(app.text()).hex())),
        new Loaded(
            "loaded", "active", "running", "enabled", OWN, List.of(), false, "a1", stamp, "success",
            0, 0),
        AppVariants.reported("pump", "closed", version),
        List.of(process(10, stamp), process(11, "")),
        ALL_PROGRAMS);
  }

  static List<Difference> differences(UnaryOperator<ObservedUnit> change) {
    CompiledApp app = app(257);
    ObservedUnit unit = change.apply(asDeclared(app, 257));
    return Differ.app(
        app, new Observation(new TreeMap<>(Map.of(UNIT, unit)), new TreeMap<>()), 257);
  }

  private static ObservedUnit with(ObservedUnit u, Map<String, Raw> properties) {
    var all = new TreeMap<>(u.properties());
    all.putAll(properties);
    return new ObservedUnit(
        u.name(), u.files(), u.loaded(), all, u.processes(), u.cgroupPrograms());
  }

  static ObservedUnit withFiles(ObservedUnit u, File... files) {
    return new ObservedUnit(
        u.name(), List.of(files), u.loaded(), u.properties(), u.processes(), u.cgroupPrograms());
  }

  private static ObservedUnit withProcesses(ObservedUnit u, ProcessEvidence... processes) {
    return new ObservedUnit(
        u.name(), u.files(), u.loaded(), u.properties(), List.of(processes), u.cgroupPrograms());
  }

  private static ObservedUnit withLoaded(ObservedUnit u, Loaded loaded) {
    return new ObservedUnit(
        u.name(), u.files(), loaded, u.properties(), u.processes(), u.cgroupPrograms());
  }

  @ParameterizedTest
  @ValueSource(ints = {252, 257, 262})
  void aDeviceAsDeclaredDiffersInNothing(int version) {
    CompiledApp app = app(version);
    var seen =
        new Observation(new TreeMap<>(Map.of(UNIT, asDeclared(app, version))), new TreeMap<>());

    assertThat(Differ.app(app, seen, version)).isEmpty();
  }

  @Test
  void aDeviceThatNeverHadTheAppLacksItAtEveryLayer() {
    assertThat(Differ.app(app(257), Observation.NOTHING, 257))
        .extracting(Difference::layer, d -> d.subject().toString(), Difference::observed)
        .containsExactly(
            tuple(Layer.FILE, OWN, "missing"),
            tuple(Layer.MANAGER, "LoadState", "not-found"),
            tuple(Layer.STATE, "ActiveState", "inactive"),
            tuple(Layer.STATE, "UnitFileState", "(none)"));
  }

  @ParameterizedTest
  @CsvSource({
    "/etc/systemd/system/sandbar-pump.service.d/50-x.conf, ab, a foreign drop-in",
    "/run/systemd/transient/sandbar-pump.service.d/50-x.conf, ab, a foreign drop-in",
    "/etc/systemd/system/other.service, link:sandbar-pump.service, a link that gives the unit"
        + " another name",
    "/etc/systemd/system/a.target.wants/sandbar-pump.service, link:../sandbar-pump.service, a link"
        + " that starts the unit from elsewhere",
    "/etc/systemd/system/sandbar-pump.service.requires/a.service, link:../a.service, a link that"
        + " starts another unit with it",
    "/etc/systemd/system/sandbar-pump.service.d, link:/opt/x, a link to drop-ins in /opt/x",
    "/etc/systemd/system.control/sandbar-pump.service, ab, a foreign unit file",
    "/run/systemd/system/sandbar-pump.service, link:/dev/null, a link that masks the unit",
    "/etc/systemd/system/sandbar-pump.service.d/9.conf, link:/dev/null, a link that hides a drop-in"
  })
  void everyOtherFileOfTheUnitIsNamed(String path, String digest, String observed) {
    List<Difference> found =
        differences(u -> withFiles(u, u.files().getFirst(), new File(path, digest)));

    assertThat(found)
        .containsExactly(new Difference(UNIT, new Subject.UnitFile(path), "(none)", observed));
  }

  @Test
  void aDropInOfTheOperatingSystemForAllServicesIsNoDrift() {
    assertThat(
            differences(
                u ->
                    withFiles(
                        u,
                        u.files().getFirst(),
                        new File("/usr/lib/systemd/system/service.d/10-timeout.conf", "ab"))))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'', unreadable",
    "link:/dev/null, a link that masks the unit",
    "link:/srv/x.service, a link to /srv/x.service",
    "abcdefabcdefabcdef, sha256 abcdefabcdef"
  })
  void anUnitFileThatIsNotOursIsDescribed(String digest, String observed) {
    assertThat(differences(u -> withFiles(u, new File(OWN, digest))))
        .extracting(Difference::observed)
        .containsExactly(observed);
  }

  @Test
  void aPropertyThatTheSpecNeverNamedIsCompared() {
    assertThat(differences(u -> with(u, Map.of("ReadWritePaths", RawText.read("[\"/etc\"]")))))
        .containsExactly(
            new Difference(UNIT, new Subject.Property("ReadWritePaths"), "(none)", "/etc"));
  }

  @Test
  void addedCapabilitiesAndCommandsAreNamed() {
    assertThat(
            differences(
                u ->
                    with(
                        u,
                        Map.of(
                            "CapabilityBoundingSet",
                            new Raw.Int(1L << 21),
                            "ExecStartPreEx",
                            RawText.read(
                                "[(\"/bin/sh\" [\"/bin/sh\" \"-c\" \"evil me\"] [\"privileged\"] 5"
                                    + " 6 7 8 9 10 11)]")))))
        .extracting(d -> d.subject().toString(), Difference::observed)
        .containsExactly(
            tuple("CapabilityBoundingSet", "CAP_SYS_ADMIN"),
            tuple("ExecStartPre", "+/bin/sh -c \"evil me\""));
  }

  @Test
  void ofALongListOnlyTheDifferenceIsTold() {
    List<Difference> found =
        differences(
            u -> {
              var fields =
                  ((Raw.Tuple) Objects.requireNonNull(u.properties().get("SystemCallFilter")))
                      .fields();
              var names = new ArrayList<>(((Raw.Array) fields.get(1)).items());
              names.add(new Raw.Str("mount"));
              return with(
                  u,
                  Map.of(
                      "SystemCallFilter",
                      new Raw.Tuple(List.of(fields.getFirst(), new Raw.Array(names)))));
            });

    assertThat(found).hasSize(1);
    assertThat(found.getFirst().declared()).matches("only \\d+ names");
    assertThat(found.getFirst().observed()).matches("only \\d+ names, among them mount");
  }

  @Test
  void valuesOfVariablesAreNeverTold() {
    List<Difference> found =
        differences(
            u ->
                with(
                    u,
                    Map.of(
                        "Environment",
                        RawText.read(
                            "[\"SANDBAR_GENERATION=abc\" \"TOKEN=hunter2\" \"LD_PRELOAD=/x\"]"))));

    assertThat(found)
        .containsExactly(
            new Difference(
                UNIT,
                new Subject.Property("Environment"),
                "(nothing more)",
                "with LD_PRELOAD TOKEN"));
  }

  @Test
  void anotherLoadedGenerationIsToldByItself() {
    List<Difference> found =
        differences(
            u ->
                withLoaded(
                    u,
                    new Loaded(
                        "loaded",
                        "active",
                        "running",
                        "enabled",
                        OWN,
                        List.of(),
                        true,
                        "a1",
                        "feedfeedfeedfeed",
                        "success",
                        0,
                        0)));

    assertThat(found).extracting(d -> d.subject().toString()).containsExactly("SANDBAR_GENERATION");
    assertThat(found.getFirst().observed()).isEqualTo("feedfeedfeed");
  }

  @Test
  void anUnitThatIsMaskedOrLoadedFromElsewhereIsTold() {
    assertThat(
            differences(
                u ->
                    withLoaded(
                        u,
                        new Loaded(
                            "loaded",
                            "active",
                            "running",
                            "enabled",
                            "/run/systemd/system/x",
                            List.of("/run/a.conf", "/usr/lib/systemd/system/service.d/b.conf"),
                            false,
                            "a1",
                            GenerationStamp.of(app(257)),
                            "success",
                            0,
                            0))))
        .extracting(d -> d.subject().toString(), Difference::observed)
        .containsExactly(
            tuple("FragmentPath", "/run/systemd/system/x"), tuple("DropInPaths", "/run/a.conf"));
  }

  @Test
  void aProcessFromAnOlderUnitIsToldWithItsGeneration() {
    assertThat(differences(u -> withProcesses(u, process(10, "0123456789abcdef"))))
        .extracting(Difference::layer, d -> d.subject().toString(), Difference::observed)
        .containsExactly(
            tuple(Layer.PROCESS, "SANDBAR_GENERATION", "process 10 was started with 0123456789ab"));
  }

  @Test
  void aMainProcessWithoutItsSandboxIsToldAspectByAspect() {
    var weak =
        new ProcessEvidence(
            10,
            "sleep",
            0,
            false,
            0,
            0x200000,
            0,
            0,
            new TreeMap<>(Map.of("mnt", false, "ipc", true)),
            GenerationStamp.of(app(257)),
            new TreeSet<>());

    assertThat(differences(u -> withProcesses(u, weak)))
        .extracting(d -> d.subject().toString())
        .containsExactly("NoNewPrivs", "Seccomp", "Uid", "CapBnd", "namespace mnt");
  }

  @Test
  void aForeignProcessIsNamed() {
    var foreign =
        new ProcessEvidence(
            666, "bash", 0, false, 0, -1, -1, 0, new TreeMap<>(), "", new TreeSet<>());

    var other =
        new ProcessEvidence(667, "x", 0, false, 0, -1, -1, 0, new TreeMap<>(), "", new TreeSet<>());
    List<Difference> found =
        differences(u -> withProcesses(u, u.processes().getFirst(), foreign, other));

    assertThat(found).as("or an app has as many alerts as it has names").hasSize(1);
    assertThat(found.getFirst().subject()).isEqualTo(Subject.Processes.FOREIGN);
    assertThat(found.getFirst().observed())
        .startsWith("666 (bash): NoNewPrivs 0, Seccomp 0, Uid 0, CapBnd ffffffffffffffff")
        .contains("; 667 (x): NoNewPrivs 0");
  }

  @Test
  void aDetachedProgramIsToldAndOneThatCouldNotBeAskedIsNot() {
    List<Difference> found =
        differences(
            u ->
                new ObservedUnit(
                    u.name(),
                    u.files(),
                    u.loaded(),
                    u.properties(),
                    u.processes(),
                    List.of("DEVICE")));
    assertThat(found)
        .extracting(d -> d.subject().toString())
        .containsExactly("BPF INGRESS", "BPF EGRESS");

    assertThat(
            differences(
                u ->
                    new ObservedUnit(
                        u.name(),
                        u.files(),
                        u.loaded(),
                        u.properties(),
                        u.processes(),
                        ObservedUnit.UNKNOWN_PROGRAMS)))
        .isEmpty();
  }

  @Test
  void aStoppedFailedOrDisabledUnitIsTold() {
    List<Difference> found =
        differences(
            u ->
                withProcesses(
                    withLoaded(
                        u,
                        new Loaded(
                            "loaded",
                            "failed",
                            "failed",
                            "disabled",
                            OWN,
                            List.of(),
                            false,
                            "",
                            GenerationStamp.of(app(257)),
                            "exit-code",
                            226,
                            5))));

    assertThat(found)
        .containsExactly(
            new Difference(UNIT, Subject.State.ACTIVE, "active", "failed (exit-code, status 226)"),
            new Difference(UNIT, Subject.State.ENABLED, "enabled", "disabled"));
  }
}
