package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.File;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is done about a service of the device that an app confines. */
class AdoptionPlanTest {

  private static final AppName BROKER = new AppName("broker");
  private static final UnitName UNIT = new UnitName("mosquitto.service");
  private static final String OWN = "/etc/systemd/system/mosquitto.service.d/zz-sandbar.conf";
  private static final AppUnits UNITS = new AppUnits(new TreeMap<>(Map.of(BROKER, UNIT)));

  private final CompiledApp app =
      switch (Compiler.compile(
          FlowText.read(
              "broker",
              "{run: {unit: mosquitto.service}, mode: Open, directives: {NoNewPrivileges: yes,"
                  + " PrivateTmp: yes}}"),
          ReferenceDevice.facts())) {
        case Compilation.Compiled(var compiled, _) -> compiled;
        case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
      };

  private final List<File> files = new ArrayList<>();
  private final TreeMap<String, Raw> properties = new TreeMap<>();
  private final List<String> elsewhere = new ArrayList<>();
  private String loadState = "loaded";
  private String active = "active";
  private String generation = "";
  private final TreeMap<UnitName, List<Setting>> services = new TreeMap<>(Map.of(UNIT, List.of()));

  private ObservedUnit unit() {
    var dropIns = new ArrayList<String>(elsewhere);
    files.stream().map(File::path).filter(path -> path.endsWith(".conf")).forEach(dropIns::add);
    return new ObservedUnit(
        UNIT,
        files,
        new Loaded(
            loadState,
            active,
            active.equals("active") ? "running" : "dead",
            "disabled",
            "/usr/lib/systemd/system/mosquitto.service",
            dropIns,
            false,
            "",
            generation,
            "success",
            0,
            0),
        properties,
        active.equals("active") ? List.of(process()) : List.of(),
        List.of());
  }

  private ProcessEvidence process() {
    return new ProcessEvidence(
        7,
        "mosquitto",
        111,
        !generation.isEmpty(),
        0,
        -1,
        0,
        0,
        new TreeMap<>(),
        generation,
        new TreeSet<>());
  }

  private Planned plan(Orders orders, CompiledApp... desired) {
    var seen =
        new Observation(
            new TreeMap<>(Map.of(UNIT, unit())),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            services);
    return Planner.plan(
        new Situation(
            List.of(desired), new TreeMap<>(), new Inventory(new TreeMap<>(), UNITS), seen, 257),
        orders);
  }

  private List<String> steps(Planned planned) {
    return planned.plan().steps().stream().map(step -> step.getClass().getSimpleName()).toList();
  }

  /** Our drop-in is there and loaded, and the service was started with it. */
  private void applied() {
    files.add(new File(OWN, dev.sandbar.core.model.Sha256.of(app.text()).hex(), true));
    generation = GenerationStamp.of(app);
    properties.put("NoNewPrivileges", new Raw.Bool(true));
    properties.put("PrivateTmpEx", new Raw.Str("yes"));
    properties.put("PrivateTmp", new Raw.Bool(true));
  }

  @Test
  void whatRunsIsStartedAnewWithTheDropInAndNothingElseIsDone() {
    assertThat(steps(plan(Orders.EVERYTHING, app))).containsExactly("Write", "Reload", "Restart");
    active = "inactive";
    assertThat(steps(plan(Orders.EVERYTHING, app)))
        .as("whether it runs is the matter of its owner")
        .containsExactly("Write", "Reload");
    active = "failed";
    assertThat(steps(plan(Orders.EVERYTHING, app))).containsExactly("Write", "Reload", "Restart");
  }

  @Test
  void asDeclaredNothingIsDoneWhateverElseTheOwnerHasThere() {
    applied();
    files.add(new File("/etc/systemd/system/mosquitto.service.d/override.conf", "aa"));
    files.add(new File("/usr/lib/systemd/system/mosquitto.service.d/10-package.conf", "bb"));
    Planned planned = plan(Orders.EVERYTHING, app);
    assertThat(planned.differences().get(UNIT)).isEmpty();
    assertThat(planned.inSync()).isTrue();
    active = "inactive";
    assertThat(plan(Orders.EVERYTHING, app).inSync()).as("stopped by its owner").isTrue();
  }

  @Test
  void aDropInThatTakesAWallAwayIsDrift() {
    applied();
    files.add(new File("/etc/systemd/system/mosquitto.service.d/zzz.conf", "aa"));
    properties.put("NoNewPrivileges", new Raw.Bool(false));
    assertThat(plan(Orders.EVERYTHING, app).differences().get(UNIT))
        .extracting(Difference::subject)
        .contains(new Subject.Property("NoNewPrivileges"));
  }

  @Test
  void aFileThatHidesTheDropInIsRemoved() {
    applied();
    String hiding = "/run/systemd/system.control/mosquitto.service.d/zz-sandbar.conf";
    files.add(new File(hiding, "link:/dev/null"));
    assertThat(plan(Orders.EVERYTHING, app).plan().steps())
        .filteredOn(Plan.Remove.class::isInstance)
        .singleElement()
        .isEqualTo(new Plan.Remove(UNIT, hiding, "a link that hides a drop-in"));
  }

  @Test
  void withoutTheAppTheServiceGoesOnAsItsPackageHasIt() {
    applied();
    var gone = Orders.AS_DECLARED.removing(new TreeSet<>(List.of(BROKER)));
    assertThat(steps(plan(gone))).containsExactly("Remove", "Reload", "Restart");
    active = "inactive";
    assertThat(steps(plan(gone))).containsExactly("Remove", "Reload");
    active = "failed";
    assertThat(steps(plan(gone)))
        .as("it may have failed by a wall")
        .containsExactly("Remove", "Reload", "Restart");

    var denied =
        new Orders(
            new TreeSet<>(),
            new TreeSet<>(),
            false,
            true,
            new TreeMap<>(Map.of(BROKER, "denied by the policy")));
    active = "active";
    assertThat(steps(plan(denied)))
        .as("the service is its owner's, and never stopped")
        .containsExactly("Remove", "Reload", "Restart");
  }

  @Test
  void aServiceThatIsNotThereIsRefusedAndSaysWhatToDo() {
    loadState = "not-found";
    active = "inactive";
    Planned planned = plan(Orders.EVERYTHING, app);
    assertThat(planned.plan().isEmpty()).isTrue();
    assertThat(planned.inSync()).isFalse();
    assertThat(String.valueOf(planned.refused().get(UNIT)))
        .contains("mosquitto.service that it is not-found", "install the package");
  }

  @Test
  void aWallOfTheServiceThatTheAppWouldWeakenIsNamedAndNothingIsWritten() {
    says("PrivateTmp", "disconnected");
    assertRefused(
        "mosquitto.service has PrivateTmp=disconnected itself, and the app would open it");
    says("PrivateTmp", "yes");
    assertThat(plan(Orders.EVERYTHING, app).refused()).isEmpty();
  }

  /** A version that comes later is compared as the first one was. */
  @Test
  void neitherDoesALaterVersionWeakenAWall() {
    applied();
    says("PrivateTmp", "disconnected");
    assertRefused("PrivateTmp=disconnected itself");
  }

  /** Its walls would not be among those that the app is compared with. */
  @Test
  void aDropInForAnotherNameOfTheServiceIsNotPassedOver() {
    elsewhere.add("/etc/systemd/system/broker.service.d/10-walls.conf");
    assertRefused("systemd reads /etc/systemd/system/broker.service.d/10-walls.conf for mosquitto");
    elsewhere.clear();
    elsewhere.add("/etc/systemd/system/mosquitto.service.d/gone.conf");
    elsewhere.add("/usr/lib/systemd/system/service.d/10-all.conf");
    assertThat(plan(Orders.EVERYTHING, app).refused()).isEmpty();
  }

  @Test
  void nothingIsWrittenOverWhatCannotBeRead() {
    services.clear();
    assertRefused("what mosquitto.service says itself cannot be read");
  }

  private void says(String directive, String value) {
    services.put(UNIT, List.of(new Setting(directive, value)));
  }

  private void assertRefused(String why) {
    Planned planned = plan(Orders.EVERYTHING, app);
    assertThat(planned.plan().isEmpty()).isTrue();
    assertThat(planned.inSync()).isFalse();
    assertThat(String.valueOf(planned.refused().get(UNIT))).contains(why);
  }

  @Test
  void aFileOfSomebodyElseInThePlaceOfTheDropInIsNotTouched() {
    files.add(new File(OWN, "aa", false));
    Planned planned = plan(Orders.EVERYTHING, app);
    assertThat(planned.plan().isEmpty()).isTrue();
    assertThat(planned.foreign()).containsEntry(UNIT, OWN);
  }

  /** systemd adds the clocks to what a service with ProtectClock= may open. */
  @Test
  void theClocksOfAServiceAreNoDeviceThatTheAppOpens() {
    CompiledApp closed =
        switch (Compiler.compile(
            FlowText.read("broker", "{run: {unit: mosquitto.service}}"), ReferenceDevice.facts())) {
          case Compilation.Compiled(var compiled, _) -> compiled;
          case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
        };
    properties.put("DeviceAllow", devices("char-rtc", "r"));
    var none = new Value.Keyed(new TreeMap<>());
    assertThat(closed.effective()).containsEntry("DeviceAllow", none);
    assertThat(Walls.together(closed, unit(), 257).effective()).containsEntry("DeviceAllow", none);
    properties.put("ProtectClock", new Raw.Bool(true));
    assertThat(Walls.together(closed, unit(), 257).effective())
        .containsEntry("DeviceAllow", new Value.Keyed(new TreeMap<>(Map.of("char-rtc", "r"))));
    properties.put("DeviceAllow", devices("char-rtc", "rw"));
    assertThat(Walls.together(closed, unit(), 257).effective()).containsEntry("DeviceAllow", none);
  }

  private static Raw devices(String node, String access) {
    return new Raw.Array(List.of(new Raw.Tuple(List.of(new Raw.Str(node), new Raw.Str(access)))));
  }
}
