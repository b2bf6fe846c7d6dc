package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** File systems that are mounted for apps. */
class MountUnitTest {

  private static final String STICK =
      "usb-stick: {what: /dev/disk/by-label/STICK, type: ext4, options: [noatime]}";
  private static final String SHARE = "nas: {what: \"nas.lan:/export\", type: nfs, readOnly: true}";
  private static final String BOTH =
      "mounts: [{source: usb-stick, mountPath: /media, access: ReadWrite}, {source: nas, mountPath:"
          + " /srv/nas}]";

  @Test
  void theAppIsBoundToThemAndCannotMount() {
    CompiledApp app = CompilerTest.compiled(spec(BOTH), TestDevice.with(257));

    assertThat(app.text().lines())
        .contains(
            "BindsTo=run-sandbar\\x2dmounts-nas.mount",
            "After=run-sandbar\\x2dmounts-nas.mount",
            "WantedBy=run-sandbar\\x2dmounts-nas.mount",
            "BindsTo=run-sandbar\\x2dmounts-usb\\x2dstick.mount",
            "After=run-sandbar\\x2dmounts-usb\\x2dstick.mount",
            "BindPaths=/run/sandbar-mounts/usb-stick:/media",
            "BindReadOnlyPaths=/run/sandbar-mounts/nas:/srv/nas",
            "NoExecPaths=/media",
            "NoExecPaths=/srv/nas",
            "Environment=\"SANDBAR_MOUNTS=nas usb-stick\"",
            "CapabilityBoundingSet=");
    for (String none : List.of("mounts: false", "mounts: []")) {
      assertThat(CompilerTest.compiled(spec(none), TestDevice.with(257)).text())
          .doesNotContain("sandbar-mounts");
    }
  }

  @Test
  void theUnitSaysWhatTheOwnerSays() {
    CompiledApp app =
        CompilerTest.compiled(spec(BOTH), TestDevice.with(257).with(listing(STICK, SHARE)));

    assertThat(app.mounts())
        .extracting(MountUnit::text)
        .containsExactly(
            """
            # Written by Sandbar; changes are drift.

            [Unit]
            Description=File system nas for apps
            StopWhenUnneeded=yes

            [Mount]
            What=nas.lan:/export
            Where=/run/sandbar-mounts/nas
            Type=nfs
            Options=nosuid,nodev,noexec,ro,nofail
            DirectoryMode=0700
            TimeoutSec=30s
            """,
            """
            # Written by Sandbar; changes are drift.

            [Unit]
            Description=File system usb-stick for apps
            StopWhenUnneeded=yes
            JobTimeoutSec=15s

            [Mount]
            What=/dev/disk/by-label/STICK
            Where=/run/sandbar-mounts/usb-stick
            Type=ext4
            Options=noatime,nosuid,nodev,noexec,rw,nofail
            DirectoryMode=0700
            TimeoutSec=30s

            [Install]
            WantedBy=dev-disk-by\\x2dlabel-STICK.device
            """);
    assertThat(CompilerTest.compiled(spec(BOTH), TestDevice.with(257)).mounts()).isEmpty();
    assertThat(MountUnit.isOwn(MountUnit.unit("usb-stick").value())).isTrue();
    assertThat(MountUnit.isOwn("run-sandbar\\x2dapps.mount")).isFalse();
  }

  @Test
  void anAppBecomesAMemberOfTheGroupThatTheOwnerNames() {
    DeviceFacts facts =
        TestDevice.with(257)
            .surrounded(
                new TreeMap<>(Map.of("/run/sandbar-mounts/nas", new Owner("media", 02770))),
                new TreeSet<>());

    assertThat(
            CompilerTest.compiled(
                    spec("mounts: [{source: nas, mountPath: /nas, access: ReadWrite}]"), facts)
                .text())
        .contains("SupplementaryGroups=media\n", "UMask=0007\n");
  }

  @Test
  void nothingIsMountedThatTheOwnerDoesNotList() {
    assertThat(denials(BOTH, DevicePolicy.DEFAULT))
        .hasSize(2)
        .allSatisfy(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(it.help()).contains("under volumes: in /etc/sandbar/agent.yaml");
            });
    assertThat(denials(BOTH, listing(STICK)))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("nas"));
    assertThat(denials(BOTH, listing(STICK, SHARE))).isEmpty();
    assertThat(denials(BOTH, DevicePolicy.NONE)).isEmpty();
    assertThat(denials("mounts: [{source: nas, mountPath: /n, access: ReadWrite}]", listing(SHARE)))
        .singleElement()
        .satisfies(
            it ->
                assertThat(it.message())
                    .contains("access ReadWrite to 'nas' is denied", "its volume is read-only"));
    assertThat(
            denials(
                BOTH,
                new DevicePolicy(
                        true, true, true, new TreeSet<>(), Level.SENSITIVE, SliceLimits.DEFAULT)
                    .withMounts(new Listed.Any<>())))
        .hasSize(1);
    DevicePolicy denied =
        new DevicePolicy(
                true,
                true,
                true,
                new TreeSet<>(Set.of(Permission.MOUNTS)),
                Level.DANGEROUS,
                SliceLimits.DEFAULT)
            .withMounts(new Listed.Any<>());
    assertThat(denials(BOTH, denied)).hasSize(1);
    assertThat(denials("storage: [{source: data, mountPath: /data}]", denied)).isEmpty();
    assertThat(
            denials(
                BOTH,
                new DevicePolicy(
                        true,
                        true,
                        true,
                        new TreeSet<>(Set.of(Permission.STORAGE)),
                        Level.DANGEROUS,
                        SliceLimits.DEFAULT)
                    .withMounts(new Listed.Any<>())))
        .isEmpty();
  }

  /** systemd would mount what an image lies in. */
  @Test
  void noImageLiesInOneOfThem() {
    String spec = "{" + RUN + ", directives: {RootImage: /run/sandbar-mounts/nas/app.squashfs}}";
    assertThat(Compiler.compile(FlowText.read("app", spec), TestDevice.with(257)))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it ->
                assertThat(it.errors())
                    .anySatisfy(
                        error ->
                            assertThat(error.message())
                                .contains("lies below /run, where no image is kept")));
  }

  @Test
  void aDirectoryAndAFileSystemAreAskedForByPermissionsOfTheirOwn() {
    assertThat(denials("storage: [{source: nas, mountPath: /data}]", listing(SHARE)))
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("permissions.mounts"));
    assertThat(denials("mounts: [{source: data, mountPath: /data}]", listing(SHARE)))
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("permissions.storage"));
  }

  @Test
  void aSpecThatIsNotReadAnyMoreIsDeniedToo() {
    for (String permissions :
        List.of(
            "mounts: [{source: other}]",
            "ACCESS_MOUNTS: \"other:/data:rw\"",
            "mounts: {a: b}",
            "mounts: [[a]]",
            "mounts: true")) {
      assertThat(
              SpecPolicy.denied(
                  FlowText.parse("{spec: {unknown: 1, permissions: {%s}}}".formatted(permissions)),
                  listing(SHARE)))
          .as(permissions)
          .hasSize(1);
    }
  }

  @Test
  void theyStandAmongTheVolumes() {
    var listed =
        new Listed.Only<>(
            new TreeSet<>(
                Set.of(
                    new FileSystem(
                        "usb-stick",
                        "/dev/disk/by-label/STICK",
                        "ext4",
                        List.of("noatime"),
                        false,
                        ""),
                    new FileSystem("nas", "nas.lan:/export", "nfs", List.of(), true, ""))));
    assertThat(read(STICK, SHARE, "data: /srv/data"))
        .isEqualTo(
            new Outcome.Read(
                DeviceSettings.DEFAULT
                    .withVolumes(new TreeMap<>(Map.of("data", "/srv/data")))
                    .with(DevicePolicy.DEFAULT.withMounts(listed))));
    for (DevicePolicy policy :
        List.of(DevicePolicy.DEFAULT, DevicePolicy.NONE, DevicePolicy.DEFAULT.withMounts(listed))) {
      DeviceFacts facts = TestDevice.with(257).with(policy);
      DevicePolicy again = FactsNode.read(FactsNode.toNode(facts)).policy();
      assertThat(again.mounts()).isEqualTo(policy.mounts());
      assertThat(again.mount("nas")).isEqualTo(policy.mount("nas"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{type: ext4}",
        "{what: /dev/sda1}",
        "{what: /dev/sda1, type: ext4, path: /x}",
        "{what: \"/dev/sda1 /\", type: ext4}",
        "{what: \"/dev/%n\", type: ext4}",
        "{what: /srv/../etc/x, type: ext4}",
        "{what: sda1, type: ext4}",
        "{what: \"/dev/a\\nType=proc\", type: ext4}",
        "{what: tmpfs, type: ext4}",
        "{what: /dev/sda1, type: tmpfs}",
        "{what: /proc, type: proc}",
        "{what: /srv, type: none}",
        "{what: /dev/sda1, type: \"ext4 x\"}",
        "{what: /dev/sda1, type: ext4, options: [suid]}",
        "{what: /dev/sda1, type: ext4, options: [exec]}",
        "{what: /dev/sda1, type: ext4, options: [defaults]}",
        "{what: /dev/sda1, type: ext4, options: [ro]}",
        "{what: /dev/sda1, type: ext4, options: [\"noatime,suid\"]}",
        "{what: /srv, type: ext4, options: [bind]}",
        "{what: /dev/sda1, type: ext4, options: [x-systemd.automount]}",
        "{what: //nas/share, type: cifs, options: [password=geheim]}",
        "{what: /dev/sda1, type: ext4, options: noatime}",
        "{what: /dev/sda1, type: ext4, readOnly: 1}",
        "{what: /dev/sda1, type: ext4, group: \"a b\"}"
      })
  void aVolumeThatCannotBeMountedSoIsRefused(String volume) {
    assertThat(read("media: " + volume)).isInstanceOf(Outcome.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{what: /srv/media.img, type: squashfs, options: [loop], readOnly: true}",
        "{what: //nas.lan/share, type: cifs, options: [credentials=/etc/nas.key, uid=1000]}",
        "{what: \"nas:/\", type: nfs4}",
        "{what: \"[fd00::1]:/export\", type: nfs, options: [vers=4.2, \"sec=krb5:sys\"], group:"
            + " media}",
        "{what: tmpfs, type: tmpfs, options: [size=16M, mode=1777]}"
      })
  void aVolumeIsWhateverMountTakes(String volume) {
    assertThat(read("media: " + volume)).isInstanceOf(Outcome.Read.class);
  }

  private static Outcome read(String... volumes) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, volumes: {%s}}"
                .formatted(String.join(", ", volumes))));
  }

  private static DevicePolicy listing(String... volumes) {
    return switch (read(volumes)) {
      case Outcome.Read(var settings) -> settings.policy();
      case Outcome.Refused(var problems) -> throw new AssertionError(problems);
    };
  }

  private static List<Diagnostic> denials(String permissions, DevicePolicy policy) {
    DeviceFacts facts = TestDevice.with(257).configured(Map.of(), Map.of("data", "/srv/data"));
    return switch (Compiler.compile(FlowText.read("app", spec(permissions)), facts.with(policy))) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  private static String spec(String permissions) {
    return "{" + RUN + ", permissions: {" + permissions + "}}";
  }
}
