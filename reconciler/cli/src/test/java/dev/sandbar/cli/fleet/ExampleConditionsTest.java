package dev.sandbar.cli.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.DeviceFold;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.report.Condition;
import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceBundle;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.source.text.JsonReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The outputs that tests and pages show are made from a fleet as the operator would describe it: of
 * another one they would show what nobody ever sees.
 */
class ExampleConditionsTest {

  private static <T extends HasMetadata> SortedMap<String, T> all(Class<T> kind) {
    var all = new TreeMap<String, T>();
    FactoryFleet.documents().stream()
        .filter(document -> FactoryFleet.kind(document).equals(kind.getSimpleName()))
        .map(document -> Serialization.unmarshal(document, kind))
        .forEach(object -> all.put(object.getMetadata().getName(), object));
    return all;
  }

  private static Reach reach(Device device) {
    return device.getStatus() == null
        ? Reach.NEVER
        : device.getStatus().conditions().stream().anyMatch(ExampleConditionsTest::isUnreachable)
            ? Reach.UNREACHABLE
            : Reach.REACHABLE;
  }

  private static boolean isUnreachable(StatusCondition condition) {
    return "DeviceUnreachable".equals(condition.reason());
  }

  private static Seen seen(DeviceBundle bundle, String app) {
    var report = bundle.getStatus() == null ? null : bundle.getStatus().apps().get(app);
    if (report == null) {
      return Seen.NOTHING;
    }
    byte[] json = Serialization.asJson(report).getBytes(UTF_8);
    return Seen.of(
        NodeBinder.readLenient(
            ReportedApp.class, JsonReader.read("report", json).documents().getFirst()));
  }

  private static SortedMap<String, AppOnDevice> apps(Device device) {
    var apps = new TreeMap<String, AppOnDevice>();
    DeviceBundle bundle = all(DeviceBundle.class).get(device.getMetadata().getName());
    if (bundle != null) {
      bundle
          .getSpec()
          .apps()
          .forEach(
              (app, entry) ->
                  apps.put(
                      app,
                      new AppOnDevice(
                          new Intent.Published(entry.generation()), seen(bundle, app))));
      if (device.getStatus() != null) {
        device
            .getStatus()
            .cannotEnforce()
            .forEach(
                no ->
                    apps.put(
                        no.app(),
                        new AppOnDevice(
                            new Intent.Refused(no.reason(), no.message(), no.help()),
                            seen(bundle, no.app()))));
      }
    }
    return apps;
  }

  private static List<String> said(List<StatusCondition> conditions) {
    return conditions.stream()
        .map(c -> "%s=%s %s: %s".formatted(c.type(), c.status(), c.reason(), c.message()))
        .sorted()
        .toList();
  }

  private static List<String> folded(List<Condition> conditions) {
    return conditions.stream()
        .map(
            c ->
                "%s=%s %s: %s"
                    .formatted(c.type().text(), c.status().text(), c.reason(), c.message()))
        .sorted()
        .toList();
  }

  @Test
  void devicesSayWhatTheOperatorMakesOfTheirReports() {
    all(Device.class)
        .forEach(
            (name, device) -> {
              if (device.getStatus() != null) {
                var summary =
                    DeviceFold.fold(
                        device.getMetadata().getName(),
                        reach(device),
                        apps(device),
                        "",
                        "",
                        Duration.ZERO,
                        List.of(),
                        FactoryFleet.NOON);
                assertThat(said(device.getStatus().conditions()))
                    .as(name)
                    .isEqualTo(folded(summary.conditions()));
                assertThat(Serialization.asJson(device.getStatus().apps()))
                    .as(name)
                    .isEqualTo(Serialization.asJson(summary.counts()));
              }
            });
  }

  @Test
  void appsSayWhatTheOperatorMakesOfTheirDevices() {
    all(AppSandbox.class)
        .forEach(
            (name, app) -> {
              if (app.getStatus() != null) {
                var fold = new AppFold(app.getMetadata().getGeneration());
                all(Device.class)
                    .forEach(
                        (at, device) -> {
                          AppOnDevice here = apps(device).get(name);
                          if (here != null) {
                            fold.add(at, reach(device), here);
                          }
                        });
                var summary = fold.summary(AppFold.Terms.NONE, List.of(), FactoryFleet.NOON);
                assertThat(said(app.getStatus().conditions()))
                    .as(name)
                    .isEqualTo(folded(summary.conditions()));
                AppFold.Counts counts = summary.counts();
                assertThat(app.getStatus().devices())
                    .as(name)
                    .isEqualTo(
                        new AppSandboxStatus.Devices(
                            counts.desired(),
                            counts.updated(),
                            counts.ready(),
                            counts.drifted(),
                            counts.unreachable(),
                            counts.cannotEnforce()));
                assertThat(Serialization.asJson(app.getStatus().problems()))
                    .as(name)
                    .isEqualTo(Serialization.asJson(summary.problems()));
              }
            });
  }
}
