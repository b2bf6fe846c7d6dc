package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.enrol.DeviceAnnotations;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is kept of a Device. */
class KeptDeviceTest {
  private final KeptDevice.Parts parts = new KeptDevice.Parts(new FactsTable());

  private static Device device(String name, String kernel, String reason) {
    var device = new Device();
    device.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace("fleet")
            .withName(name)
            .withUid("uid-of-" + name)
            .withResourceVersion("17")
            .withGeneration(3L)
            .withCreationTimestamp("2026-01-01T00:00:00Z")
            .withLabels(Map.of("site", "berlin"))
            .withAnnotations(
                Map.of(
                    DeclaredApp.REQUESTED_AT,
                    "now",
                    DeviceAnnotations.RECIPIENT,
                    "age1",
                    "other",
                    "thing"))
            .build());
    device.setSpec(
        new DeviceSpec(
            new DeviceSpec.Identity(DeviceSpec.Identity.Type.ClientCertificate, "AAAABBBBCCCCDDDD"),
            true,
            false,
            null,
            Map.of("port", "8883"),
            null));
    device.setStatus(
        new DeviceStatus(
            new DeviceStatus.Facts(
                257,
                kernel,
                "x86-64",
                List.of("bpf", "ipAccounting"),
                Map.of("data", "/srv/data"),
                "a long table of system calls",
                "digest",
                "agent",
                Map.of("/dev/plc#", "plc 660"),
                List.of("192.168.1.1"),
                null),
            3L,
            List.of(
                new StatusCondition("Ready", "True", reason, "all", "2026-01-01T00:00:00Z", 3L)),
            new DeviceStatus.Apps(5, 5, 0, 0),
            List.of(),
            "2026-01-01T00:00:00Z",
            new DeviceStatus.Credential("key", "token", "never"),
            new DeviceStatus.Certificate("request", "then", "chain", null),
            List.of()));
    return device;
  }

  @Test
  void everythingThatIsDecidedOnComesBack() {
    Device before = device("one", "6.18", "Succeeded");
    Device after = KeptDevice.of(before, parts).object();
    assertThat(Key.of(after)).isEqualTo(new Key("fleet", "one"));
    assertThat(after.getMetadata().getUid()).isEqualTo("uid-of-one");
    assertThat(after.getMetadata().getResourceVersion()).isEqualTo("17");
    assertThat(after.getMetadata().getGeneration()).isEqualTo(3);
    assertThat(after.getMetadata().getCreationTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(after.getMetadata().getLabels()).isEqualTo(Map.of("site", "berlin"));
    assertThat(after.getMetadata().getAnnotations())
        .isEqualTo(Map.of(DeclaredApp.REQUESTED_AT, "now", DeviceAnnotations.RECIPIENT, "age1"));
    assertThat(after.getSpec().suspend()).isFalse();
    assertThat(after.getSpec().identity()).as("never decided on").isNull();
    assertThat(after.getStatus().conditions()).isEqualTo(before.getStatus().conditions());
    assertThat(after.getStatus().apps()).isEqualTo(before.getStatus().apps());
    assertThat(after.getStatus().lastSeen()).isEqualTo(before.getStatus().lastSeen());
    assertThat(after.getStatus().credential()).isNull();
    assertThat(after.getStatus().facts()).isNotNull();
    assertThat(KeptDevice.of(after, parts)).isEqualTo(KeptDevice.of(before, parts));
  }

  @Test
  void devicesShareWhatTheyHaveInCommon() {
    KeptDevice one = KeptDevice.of(device("one", "6.18", "Succeeded"), parts);
    KeptDevice two = KeptDevice.of(device("two", "6.18", "Succeeded"), parts);
    assertThat(two.labels()).isSameAs(one.labels());
    assertThat(two.spec()).isSameAs(one.spec());
    DeviceStatus first = Objects.requireNonNull(one.status());
    DeviceStatus second = Objects.requireNonNull(two.status());
    assertThat(second.facts()).isSameAs(first.facts());
    assertThat(second.apps()).isSameAs(first.apps());
    assertThat(second.conditions().getFirst()).isSameAs(first.conditions().getFirst());
  }

  @Test
  void anotherLookIsDueForFactsAndNotForWhatCameOfALook() {
    KeptDevice old = KeptDevice.of(device("one", "6.18", "Succeeded"), parts);
    assertThat(KeptDevice.of(device("one", "6.18", "DriftDetected"), parts).differsFrom(old))
        .isFalse();
    assertThat(KeptDevice.of(device("one", "6.19", "Succeeded"), parts).differsFrom(old)).isTrue();
    Device moved = device("one", "6.18", "Succeeded");
    moved.getMetadata().setLabels(Map.of("site", "bonn"));
    assertThat(KeptDevice.of(moved, parts).differsFrom(old)).isTrue();
    Device asked = device("one", "6.18", "Succeeded");
    asked.getMetadata().setAnnotations(Map.of(DeclaredApp.REQUESTED_AT, "later"));
    assertThat(KeptDevice.of(asked, parts).differsFrom(old)).isTrue();
    Device approved = device("one", "6.18", "Succeeded");
    approved
        .getMetadata()
        .setAnnotations(
            Map.of(DeclaredApp.REQUESTED_AT, "now", DeviceAnnotations.RECIPIENT, "age2"));
    assertThat(KeptDevice.of(approved, parts).differsFrom(old)).isTrue();
    Device enrolled = device("one", "6.18", "Succeeded");
    DeviceStatus status = Objects.requireNonNull(enrolled.getStatus());
    enrolled.setStatus(
        new DeviceStatus(
            status.facts(),
            status.observedGeneration(),
            List.of(new StatusCondition("Enrolled", "True", "CertificateApproved", "", "", 1L)),
            status.apps(),
            status.cannotEnforce(),
            status.lastSeen(),
            null));
    assertThat(KeptDevice.of(enrolled, parts).differsFrom(old)).isTrue();
  }

  /** Whoever enrols makes the object: of a Device that is too large nothing is kept, or changed. */
  @Test
  void ofADeviceThatIsTooLargeNothingIsKeptAndItsBundleStays() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 4_000; i++) {
      many.put("label-" + i, "value");
    }
    Device labelled = device("one", "6.18", "Succeeded");
    labelled.getMetadata().setLabels(many);
    Device varied = device("two", "6.18", "Succeeded");
    varied.setSpec(new DeviceSpec(null, null, null, null, many, null));
    Device held = device("three", "6.18", "Succeeded");
    var hold = new DeviceSpec.Hold("x".repeat(2_000), null);
    held.setSpec(new DeviceSpec(null, null, null, hold, null, null));
    Device misread = device("four", "6.18", "Succeeded");
    misread.setSpec(new DeviceSpec(null, null, null, null, null, null, List.of("hold 'x'")));
    Map.of(
            labelled, "metadata.labels is too long",
            varied, "spec.variables is too long",
            held, "spec.hold is too long",
            misread, "spec.hold 'x'")
        .forEach(
            (device, why) -> {
              KeptDevice kept = KeptDevice.of(device, parts);
              assertThat(kept.misread()).containsExactly(why);
              assertThat(kept.spec().suspend()).isTrue();
              assertThat(kept.spec().variables()).isNull();
              assertThat(kept.spec().hold()).isNull();
              assertThat(kept.labels()).isEmpty();
            });
  }
}
