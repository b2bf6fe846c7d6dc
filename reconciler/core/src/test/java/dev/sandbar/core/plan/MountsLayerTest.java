package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.CallFilters;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Mount;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the mount table says of file systems that are mounted for an app. */
class MountsLayerTest {

  private static final String NAS =
      "40 30 0:50 / /run/sandbar-mounts/nas ro,nosuid,nodev,noexec - nfs4 nas.lan:/export"
          + " rw,vers=4.2\n";
  private static final String STICK =
      "41 30 8:17 / /run/sandbar-mounts/stick rw,nosuid,nodev,noexec,relatime - ext4 /dev/sdb1"
          + " rw\n";
  private static final String IN_APP =
      "50 49 0:50 / /nas ro - nfs4 nas.lan:/export rw\n"
          + "51 49 8:17 / /media rw - ext4 /dev/sdb1 rw\n";

  private static final CompiledApp APP = compiled();

  private static CompiledApp compiled() {
    var listed =
        new Listed.Only<>(
            new TreeSet<>(
                Set.of(
                    new FileSystem("nas", "nas.lan:/export", "nfs", List.of(), true, ""),
                    new FileSystem(
                        "stick", "/dev/disk/by-label/STICK", "ext4", List.of(), false, ""))));
    String spec =
        "{run: {command: [/usr/bin/pump]}, permissions: {mounts: [{source: nas, mountPath: /nas},"
            + " {source: stick, mountPath: /media, access: ReadWrite}]}}";
    return switch (Compiler.compile(
        FlowText.read("pump", spec),
        ReferenceDevice.facts().with(DevicePolicy.DEFAULT.withMounts(listed)))) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors);
    };
  }

  private static List<String> differences(String device, String app) {
    return differences(device, app, "/dev/disk/by-label/STICK");
  }

  private static List<String> differences(String device, String app, String link) {
    ObservedUnit seen =
        DifferTest.asDeclared(AppVariants.compile("pump", "closed", DriftMode.DETECT, 257), 257);
    var links = new TreeMap<String, SortedSet<String>>(Map.of("8:17", new TreeSet<>(Set.of(link))));
    var outside =
        new Outside(
            List.of(),
            List.of(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            PacketRules.UNREAD,
            PacketRules.UNREAD,
            new TreeMap<>(),
            Map.of(),
            new TreeMap<>(),
            links,
            new TreeMap<>());
    var kernel =
        new KernelFacts(
            "/sandbar.slice/sandbar-pump.service",
            List.of(),
            0,
            Mount.parse(app),
            Mount.parse(device),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            CallFilters.UNREAD,
            outside);
    var units = new TreeMap<UnitName, ObservedUnit>();
    units.put(
        APP.unit(),
        new ObservedUnit(
            APP.unit(),
            seen.files(),
            seen.loaded(),
            seen.properties(),
            seen.processes(),
            seen.cgroupPrograms(),
            kernel));
    var found = new ArrayList<Difference>();
    MountsLayer.compare(APP, new Observation(units, new TreeMap<>()), found);
    return found.stream()
        .filter(it -> it.subject().toString().startsWith("mount ") && !isOfUnit(it))
        .map(it -> it.subject() + ": " + it.observed())
        .toList();
  }

  private static boolean isOfUnit(Difference it) {
    return it.subject() instanceof Subject.Setting(var kind, _, _)
        && kind == Subject.Setting.Kind.MOUNT_UNIT;
  }

  @Test
  void whatIsMountedAsDeclaredIsNoDifference() {
    assertThat(differences(NAS + STICK, IN_APP)).isEmpty();
    // While something is mounted the table is read twice.
    assertThat(differences(NAS + STICK + NAS + STICK, IN_APP)).isEmpty();
  }

  @Test
  void anotherSourceOrTypeOrOptionIsOne() {
    assertThat(differences(NAS, IN_APP)).containsExactly("mount stick: not mounted");
    assertThat(differences(NAS + STICK, IN_APP, "/dev/disk/by-label/OTHER"))
        .containsExactly("mount stick: '/dev/sdb1' of type 'ext4' (nosuid,nodev,noexec,rw)");
    assertThat(differences(NAS.replace("nas.lan", "evil.lan") + STICK, IN_APP))
        .containsExactly("mount nas: 'evil.lan:/export' of type 'nfs4' (nosuid,nodev,noexec,ro)");
    assertThat(differences(NAS.replace("ro,", "rw,") + STICK, IN_APP))
        .containsExactly("mount nas: 'nas.lan:/export' of type 'nfs4' (nosuid,nodev,noexec,rw)");
    assertThat(differences(NAS + STICK.replace("nosuid,", ""), IN_APP))
        .containsExactly("mount stick: '/dev/sdb1' of type 'ext4' (nodev,noexec,rw)");
    // The kernel makes it so after errors.
    assertThat(differences(NAS + STICK.replace("sdb1 rw", "sdb1 ro"), IN_APP))
        .containsExactly("mount stick: '/dev/sdb1' of type 'ext4' (nosuid,nodev,noexec,ro)");
    assertThat(differences(NAS + STICK + STICK.replace("8:17", "0:99"), IN_APP))
        .singleElement()
        .satisfies(it -> assertThat(it).startsWith("mount stick: mounted over by"));
    assertThat(differences(NAS + STICK, IN_APP.replace("8:17", "8:33")))
        .singleElement()
        .satisfies(it -> assertThat(it).startsWith("mount stick: the app has another than"));
  }

  @Test
  void sourcesAreReadAsTheKernelEscapesThem() {
    assertThat(Mount.parse(NAS.replace("/export", "/my\\040share")))
        .singleElement()
        .satisfies(it -> assertThat(it.source()).isEqualTo("nas.lan:/my share"));
  }
}
