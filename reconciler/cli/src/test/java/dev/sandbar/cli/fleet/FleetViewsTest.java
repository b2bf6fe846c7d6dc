package dev.sandbar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sandbar.cli.Golden;
import dev.sandbar.cli.fleet.Attestation.Answer;
import dev.sandbar.cli.fleet.Attestation.Finding;
import dev.sandbar.cli.fleet.PermissionsView.Show;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.core.model.Permission;
import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceBundle;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import dev.sandbar.source.text.JsonWriter;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What people and machines are shown of a fixed fleet. */
class FleetViewsTest {

  private static void matches(String name, FleetView view) {
    String page = view.page().render(Paint.NONE);
    assertThat(page.lines()).as("fits 80 columns").allMatch(line -> line.length() <= 80);
    Golden.matches(name + ".txt", page);
    Golden.matches(name + ".json", JsonWriter.indented(view.document()));
  }

  @Test
  void statusShowsWhatIsWrongFirst() {
    var view = new StatusView(FactoryFleet.snapshot(), 0);
    matches("fleet-status", view);
    assertThat(view.amiss()).isEqualTo(7);
    assertThat(view.notes()).isEmpty();
  }

  @Test
  void whatADeviceDoesNotHoldIsNotAsDeclared() {
    String conditions =
        """
          observedGeneration: 1
          conditions:
          - {type: Ready, status: "True", reason: Degraded, lastTransitionTime: "2026-02-01T11:00:00Z",
             observedGeneration: 1, message: "1 of 1 ready; pump: TasksMax is not enforced"}
        """;
    String head =
        "apiVersion: sandbar.dev/v1alpha1\nmetadata: {name: one, namespace: a, generation: 1}\n";
    AppSandbox app =
        Serialization.unmarshal(
            head
                + "kind: AppSandbox\nspec: {run: {command: [/bin/a]}}\nstatus:\n"
                + conditions
                + "  devices: {desired: 1, updated: 1, ready: 1, drifted: 0, unreachable: 0,"
                + " cannotEnforce: 0}\n",
            AppSandbox.class);
    Device device =
        Serialization.unmarshal(
            head + "kind: Device\nspec: {}\nstatus:\n" + conditions, Device.class);
    var snapshot =
        new FleetSnapshot(
            false,
            false,
            List.of(Fetch.state(app)),
            List.of(Fetch.state(device, null)),
            List.of(),
            Duration.ofSeconds(2),
            FactoryFleet.NOON);
    var view = new StatusView(snapshot, 0);
    assertThat(view.amiss()).isEqualTo(2);
    assertThat(view.page().render(Paint.NONE).replaceAll("\\s+", " "))
        .contains("Degraded: 1 of 1 ready; pump: TasksMax is not enforced")
        .contains("not as declared: 1 of 1 apps, 1 of 1 devices")
        .doesNotContain("everything is as declared");
  }

  @Test
  void aSilentOperatorMakesEveryDeviceUnknown() {
    FleetSnapshot snapshot = FactoryFleet.snapshot(Duration.ofMinutes(10));
    var view = new StatusView(snapshot, 0);
    assertThat(view.page().render(Paint.NONE)).containsPattern("pump-1 +Unknown +Unknown");
    assertThat(view.notes()).singleElement().asString().contains("10 min ago");
    var findings = new Attestation(Permission.INTERNET, new Declarations()).findings(snapshot);
    assertThat(findings).extracting(Finding::answer).doesNotContain(Answer.CAN, Answer.CANNOT);
  }

  @Test
  void tablesAreCutAndSaySo() {
    String page = new StatusView(FactoryFleet.snapshot(), 2).page().render(Paint.NONE);
    assertThat(page).contains("... and 3 more devices: --limit 0", "... and 2 more apps");
  }

  /** Sixty times the devices of the factory, and one more that is new. */
  @Test
  void aLargeFleetFitsOnAScreen() {
    FleetSnapshot factory = FactoryFleet.snapshot();
    assertThat(new StatusView(factory, 100).isLong()).isFalse();
    var devices = new ArrayList<FleetDevice>();
    for (int i = 0; i < 60; i++) {
      for (FleetDevice it : factory.devices()) {
        devices.add(
            new FleetDevice(
                it.namespace(),
                it.name() + "-" + i,
                it.labels(),
                it.spec(),
                it.status(),
                it.bundleGeneration(),
                it.bundle(),
                it.report()));
      }
    }
    var large =
        new FleetSnapshot(
            false,
            false,
            factory.apps(),
            devices,
            factory.sources(),
            Duration.ofSeconds(2),
            FactoryFleet.NOON);
    var view = new StatusView(large, 100);
    assertThat(view.isLong()).isTrue();
    String page = view.summary().render(Paint.NONE);
    assertThat(page.lines().count()).isLessThanOrEqualTo(24);
    assertThat(page.lines()).allMatch(line -> line.length() <= 80);
    Golden.matches("fleet-status-large.txt", page);
  }

  @Test
  void namesNarrowTheStatusAndUnknownOnesAreRefused() {
    FleetSnapshot only = FactoryFleet.snapshot().only(List.of("pump", "pump-3"));
    assertThat(only.apps()).extracting(AppState::name).containsExactly("pump");
    assertThat(only.devices()).extracting(FleetDevice::name).containsExactly("pump-3");
    matches(
        "fleet-status-named", new StatusView(FactoryFleet.snapshot().only(List.of("pump-2")), 0));
    assertThatThrownBy(() -> FactoryFleet.snapshot().only(List.of("pimp")))
        .isInstanceOf(FleetException.class)
        .hasMessageContaining("no app and no device pimp");
  }

  @Test
  void driftNamesDeviceAppLayerSubjectAndBothValues() {
    var view = new DriftView(FactoryFleet.snapshot(), List.of(), 0);
    matches("fleet-drift", view);
    assertThat(view.drifted()).isTrue();
    assertThat(view.certain()).isFalse();
    assertThat(view.notes()).singleElement().asString().contains("pump-3").contains("pump-4");
  }

  @Test
  void attestationCountsWhatIsShownAndSaysWhatIsNotKnown() {
    var view = new AttestView(FactoryFleet.snapshot(), List.of(), 0);
    matches("fleet-attest", view);
    assertThat(view.amiss()).isTrue();
    assertThat(view.certain()).isFalse();
    var whole = new AttestView(FactoryFleet.snapshot(), List.of("pump-1"), 0);
    assertThat(whole.amiss()).as("a directive that pump-1 cannot hold").isTrue();
    assertThat(whole.certain()).isTrue();
    var silent = new AttestView(FactoryFleet.snapshot(Duration.ofHours(1)), List.of("pump-1"), 0);
    assertThat(silent.certain()).as("nobody checks whether it is there").isFalse();
  }

  @Test
  void noDriftIsOnlyCertainOfDevicesThatAreHeard() {
    var heard = new DriftView(FactoryFleet.snapshot(), List.of("pump-1"), 0);
    assertThat(heard.drifted()).isFalse();
    assertThat(heard.certain()).isTrue();
    var silent = new DriftView(FactoryFleet.snapshot(), List.of("pump-3"), 0);
    assertThat(silent.drifted()).isFalse();
    assertThat(silent.certain()).isFalse();
  }

  @Test
  void permissionsAnswerFromWhatIsAttested() {
    FleetSnapshot snapshot = FactoryFleet.snapshot();
    matches(
        "fleet-internet",
        new PermissionsView(snapshot, Permission.INTERNET, Show.NOTABLE, false, 0));
    matches(
        "fleet-internet-withheld",
        new PermissionsView(snapshot, Permission.INTERNET, Show.WITHHELD, true, 0));
    matches("fleet-permissions", new PermissionTableView(snapshot));
  }

  private static Finding finding(Permission permission, String device, String app) {
    return new Attestation(permission, new Declarations())
        .findings(FactoryFleet.snapshot()).stream()
            .filter(f -> f.device().name().equals(device) && f.app().equals(app))
            .findFirst()
            .orElseThrow();
  }

  private static <T> T ofPump1(Class<T> kind, String enforcement) {
    return FactoryFleet.documents().stream()
        .filter(document -> FactoryFleet.kind(document).equals(kind.getSimpleName()))
        .filter(document -> document.contains("{name: pump-1,"))
        .map(document -> document.replace("enforcement: Enforced", "enforcement: " + enforcement))
        .map(document -> Serialization.unmarshal(document, kind))
        .findFirst()
        .orElseThrow();
  }

  private static List<Finding> ofPump1(Permission permission, String enforcement) {
    var snapshot =
        new FleetSnapshot(
            false,
            false,
            List.of(),
            List.of(
                Fetch.state(
                    ofPump1(Device.class, enforcement), ofPump1(DeviceBundle.class, enforcement))),
            List.of(),
            Duration.ofSeconds(2),
            FactoryFleet.NOON);
    return new Attestation(permission, new Declarations()).findings(snapshot);
  }

  @Test
  void whatTheKernelWasNotAskedForIsDoubtful() {
    assertThat(ofPump1(Permission.INTERNET, "Unknown"))
        .hasSize(3)
        .extracting(Finding::answer)
        .containsOnly(Answer.DOUBTFUL);
  }

  @Test
  void aLimitThatIsMissingMakesNoOtherPermissionDoubtful() {
    assertThat(ofPump1(Permission.INTERNET, "Degraded\n      notEnforced: [TasksMax]"))
        .extracting(Finding::app, Finding::answer)
        .containsExactlyInAnyOrder(
            tuple("meter", Answer.CAN), tuple("pump", Answer.CAN), tuple("camera", Answer.CANNOT));
    assertThat(ofPump1(Permission.SYSTEM_INFO, "Degraded\n      notEnforced: [ProcSubset]"))
        .extracting(Finding::answer, Finding::why)
        .containsOnly(tuple(Answer.DOUBTFUL, "not enforced: ProcSubset"));
    assertThat(
            ofPump1(Permission.SERIAL, "Degraded\n      notEnforced: [TasksMax]\n      ignored: 1"))
        .as("nobody knows what is ignored")
        .extracting(Finding::answer)
        .containsOnly(Answer.DOUBTFUL);
  }

  @Test
  void whatADeviceShouldRunIsListedThoughItReportsNothing() {
    Finding silent = finding(Permission.INTERNET, "pump-4", "probe");
    assertThat(silent.answer()).isEqualTo(Answer.UNKNOWN);
    assertThat(silent.why()).isEqualTo("the device has never reported");
    Finding refused = finding(Permission.DEVICES, "pump-5", "camera");
    assertThat(refused.answer()).isEqualTo(Answer.REFUSED);
    assertThat(refused.why())
        .isEqualTo("CannotEnforce: the kernel of the device has no user namespaces");
    var attested = new AttestView(FactoryFleet.snapshot(), List.of("probe"), 0);
    assertThat(attested.certain()).as("probe on pump-4").isFalse();
  }

  @Test
  void appsAndInstancesAreCountedByThemselves() {
    var view =
        new PermissionsView(FactoryFleet.snapshot(), Permission.INTERNET, Show.NOTABLE, false, 0);
    assertThat(view.page().render(Paint.NONE).replaceAll("\\s+", " "))
        .contains("4 apps on 5 devices, 8 instances: 2 can");
  }

  @Test
  void aDriftMakesDoubtfulWhatItTouches() {
    assertThat(finding(Permission.INTERNET, "pump-2", "pump").answer()).isEqualTo(Answer.DOUBTFUL);
    assertThat(finding(Permission.INTERNET, "pump-2", "pump").why()).contains("IPAddressDeny");
  }

  @Test
  void anUnreachableDeviceIsStaleNeverClaimed() {
    Finding finding = finding(Permission.INTERNET, "pump-3", "pump");
    assertThat(finding.answer()).isEqualTo(Answer.STALE);
    assertThat(finding.why()).isEqualTo("could not when last seen, 3 h ago");
    assertThat(finding.declared()).containsExactly("internet");
  }

  @Test
  void narrowedInternetCountsAsInternetAndSaysHowFar() {
    Finding finding = finding(Permission.INTERNET, "pump-1", "meter");
    assertThat(finding.answer()).isEqualTo(Answer.CAN);
    assertThat(finding.attested()).containsExactly("internetTo=203.0.113.0/24");
  }

  @Test
  void whatWasNotReportedIsUnknown() {
    assertThat(finding(Permission.INTERNET, "pump-5", "probe").answer()).isEqualTo(Answer.UNKNOWN);
  }

  @Test
  void outcomesTellWhatEachDeviceMakesOfAnApp() {
    matches("fleet-outcomes", new OutcomesView(FactoryFleet.snapshot(), "camera", 0));
    assertThat(new OutcomesView(FactoryFleet.snapshot(), "none", 0).page().render(Paint.NONE))
        .contains("No device runs it");
  }

  @Test
  void traceLeadsToTheCommit() {
    FleetSnapshot all = FactoryFleet.snapshot();
    AppState app =
        all.apps().stream().filter(a -> a.name().equals("pump")).findFirst().orElseThrow();
    var origin =
        new Origin(
            app,
            List.of(
                new Origin.Writer(
                    "sandbar-gitsource", "Apply", "2026-02-01T10:00:00Z", List.of("spec.run"))),
            all.sources());
    var of =
        new FleetSnapshot(
            false,
            false,
            List.of(),
            all.only(List.of("pump-1")).devices(),
            List.of(),
            Duration.ofSeconds(2),
            FactoryFleet.NOON);
    matches("fleet-trace", new TraceView(of, "pump", Optional.of(origin)));
  }

  @Test
  void whatADeviceSaysCannotCommandTheTerminal() {
    var drift =
        new DeviceBundleStatus.Drift(
            "MANAGER", "IPAddressDeny\n", "a\u001B[2Jb", "c\u202Ed\u009B1m", "2026\r");
    var app =
        new DeviceBundleStatus.App(
            1,
            "\u001B]0;x\u0007",
            "",
            "Enforced",
            List.of("internet"),
            List.of(),
            null,
            "\u001B[9m",
            List.of(),
            List.of(drift),
            null);
    FleetDevice pump = FactoryFleet.snapshot().only(List.of("pump-1")).devices().getFirst();
    var report =
        new DeviceBundleStatus(
            null, null, null, Map.of("\u001B[1mapp", app), List.of(), null, null);
    var hostile =
        new FleetDevice(
            pump.namespace(),
            pump.name(),
            pump.labels(),
            pump.spec(),
            pump.status(),
            1,
            Map.of(),
            report);
    FleetSnapshot fleet = FactoryFleet.snapshot().with(List.of(hostile));
    String all =
        new DriftView(fleet, List.of(), 0).page().render(Paint.NONE)
            + new PermissionsView(fleet, Permission.INTERNET, Show.NOTABLE, true, 0)
                .page()
                .render(Paint.NONE)
            + new OutcomesView(fleet, "\u001B[1mapp", 0).page().render(Paint.NONE)
            + new TraceView(fleet, "\u001B[1mapp", Optional.empty()).page().render(Paint.NONE);
    assertThat(all).contains("\uFFFD").doesNotContainPattern("[\\p{Cntrl}\u202E&&[^\n]]");
  }

  @Test
  void aProcessLeadsToItsApp() {
    assertThat(TraceSubject.app("0::/sandbar.slice/sandbar-pump.service\n")).contains("pump");
    assertThat(TraceSubject.app("0::/sandbar.slice/sandbar-pump.service/child")).contains("pump");
    assertThat(TraceSubject.app("sandbar-pump.service")).contains("pump");
    assertThat(TraceSubject.app("pump")).contains("pump");
    assertThat(TraceSubject.app("0::/system.slice/ssh.service")).isEmpty();
    assertThat(TraceSubject.app("4711")).isEmpty();
    assertThat(TraceSubject.app("../../etc/passwd")).isEmpty();
  }
}
