package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.catalog.DeviceClasses;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.ListedHardware;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the owner of a device denies of its hardware, by whatever node and name it is asked for. */
class HardwarePolicyTest {

  /** Nodes as the kernel and udev name them, and the kind of hardware that each is. */
  private static final Map<String, Permission> NODES = nodes();

  /** Names that no class has, or one through which other hardware is reached. */
  private static final List<String> ANYTHING =
      List.of(
          "/dev/bus/usb",
          "/dev/bus/usb/001/002",
          "/dev/bus",
          "/dev/hidraw0",
          "/dev/gps",
          "/dev/vchiq",
          "/dev/gpiomem",
          "/dev/video",
          "/dev/camera/front",
          "/dev/ttyUSB_gps",
          "/dev/spi");

  private static final List<String> OTHERS =
      List.of("/dev/input/event3", "/dev/lp0", "/dev/pps0", "/dev/iio:device0", "/dev/kvm");

  private static final Set<Permission> KINDS = DeviceClasses.permissions();

  private static Map<String, Permission> nodes() {
    var nodes = new LinkedHashMap<String, Permission>();
    for (String serial :
        List.of("ttyUSB0", "ttyS31", "ttymxc2", "serial/by-id/usb-x", "serial0", "rfcomm0")) {
      nodes.put("/dev/" + serial, Permission.SERIAL);
    }
    for (String camera :
        List.of("video10", "media0", "v4l/by-id/x", "v4l", "v4l-subdev3", "vbi0", "radio0")) {
      nodes.put("/dev/" + camera, Permission.CAMERA);
    }
    for (String gpu : List.of("dri/renderD128", "dri", "fb0", "nvidiactl", "mali0")) {
      nodes.put("/dev/" + gpu, Permission.GPU);
    }
    for (String audio : List.of("snd/pcmC0D0c", "snd", "snd/by-id/x", "dsp", "midi1")) {
      nodes.put("/dev/" + audio, Permission.AUDIO);
    }
    nodes.put("/dev/tpm0", Permission.TPM);
    nodes.put("/dev/tpmrm0", Permission.TPM);
    nodes.put("/dev/tpmrm1", Permission.TPM);
    nodes.put("/dev/hwrng", Permission.HARDWARE_RANDOM);
    nodes.put("/dev/gpiochip16", Permission.GPIO);
    nodes.put("/dev/i2c-24", Permission.I2C);
    nodes.put("/dev/spidev0.2", Permission.SPI);
    nodes.put("/dev/spidev32766.0", Permission.SPI);
    for (Permission kind : Hardware.permissions()) {
      Hardware.nodes(kind).forEach(node -> nodes.put(node.path(), kind));
    }
    return nodes;
  }

  private static DevicePolicy denying(Permission... denied) {
    return new DevicePolicy(
        true,
        false,
        true,
        new TreeSet<>(Arrays.asList(denied)),
        Level.DANGEROUS,
        SliceLimits.DEFAULT);
  }

  private static List<Diagnostic> denials(String spec, DevicePolicy policy) {
    var facts = TestDevice.with(257).with(policy);
    return switch (Compiler.compile(FlowText.read("app", "{" + RUN + spec + "}"), facts)) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) ->
          errors.stream().filter(it -> it.problem() == Problem.POLICY_DENIED).toList();
    };
  }

  /** By each list that takes nodes, in both modes. */
  private static List<String> askingFor(String path) {
    return List.of(
        ", permissions: {devices: [{device: \"%s\"}]}".formatted(path),
        ", permissions: {serial: [{device: \"%s\"}]}".formatted(path),
        ", mode: Open, permissions: {camera: false, devices: [{device: \"%s\"}]}".formatted(path));
  }

  @Test
  void aNodeOfADeniedKindIsGivenToNoAppWhateverItsNumber() {
    NODES.forEach(
        (path, kind) ->
            askingFor(path)
                .forEach(spec -> assertThat(denials(spec, denying(kind))).as(spec).isNotEmpty()));
  }

  @Test
  void aNodeOfAnotherKindIsNotTakenForADeniedOne() {
    NODES.forEach(
        (path, kind) -> {
          String key = kind == Permission.SERIAL ? "serial" : "devices";
          String spec = ", permissions: {%s: [{device: \"%s\"}]}".formatted(key, path);
          for (Permission denied : KINDS) {
            boolean same =
                denied == kind
                    || denied.key().equals(key)
                    || (denied == Permission.BLUETOOTH && path.contains("rfcomm"));
            assertThat(denials(spec, denying(denied)).isEmpty())
                .as("%s with %s denied", spec, denied)
                .isEqualTo(!same);
          }
        });
    for (String path : OTHERS) {
      String spec = ", permissions: {devices: [{device: \"%s\"}]}".formatted(path);
      for (Permission denied : KINDS) {
        assertThat(denials(spec, denying(denied)).isEmpty())
            .as("%s with %s denied", spec, denied)
            .isEqualTo(denied != Permission.DEVICES);
      }
    }
  }

  @Test
  void whatCanBeAnythingCountsAsEachKindThatIsDenied() {
    for (Permission denied : KINDS) {
      for (String path : ANYTHING) {
        for (String spec : askingFor(path)) {
          assertThat(denials(spec, denying(denied)))
              .as("%s with %s denied", spec, denied)
              .isNotEmpty();
        }
      }
      assertThat(
              denials(
                  ", permissions: {usb: [{vendor: \"0403\", product: \"6001\", serial: A1}]}",
                  denying(denied)))
          .as("usb with %s denied", denied)
          .isNotEmpty();
    }
  }

  @Test
  void theOwnerListsWhatAppsMayHaveAllTheSame() {
    String usb = ", permissions: {usb: [{vendor: \"0403\", product: \"6001\", serial: A1}]}";
    String node = ", permissions: {devices: [{device: /dev/hidraw0}]}";
    var listed =
        new ListedHardware(
            new TreeSet<>(Set.of("0403:6001")), new TreeSet<>(Set.of("/dev/hidraw0")));
    var others =
        new ListedHardware(
            new TreeSet<>(Set.of("0403:6015")), new TreeSet<>(Set.of("/dev/hidraw1")));
    DevicePolicy policy = denying(Permission.SERIAL, Permission.CAMERA, Permission.AUDIO);
    for (String spec : List.of(usb, node)) {
      assertThat(denials(spec, policy.with(listed))).isEmpty();
      assertThat(denials(spec, policy.with(others))).hasSize(1);
    }
    // It is no way around what is denied by its name.
    assertThat(denials(usb, denying(Permission.USB).with(listed))).hasSize(1);
    assertThat(denials(node, denying(Permission.DEVICES).with(listed))).hasSize(1);
    assertThat(denials(usb, policy))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.message())
                  .isEqualTo(
                      "permissions.usb: USB device 0403:6001 can be hardware of any kind, so it"
                          + " counts as serial, camera, audio, which the policy of this device"
                          + " denies");
              assertThat(it.help())
                  .contains("policy: {usb: [{vendor: \"0403\", product: \"6001\"}]}");
            });
    assertThat(denials(node, policy))
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("policy: {devices: [/dev/hidraw0]}"));
    // Where no kind is denied nothing has to be listed.
    assertThat(denials(usb, denying(Permission.JIT))).isEmpty();
    assertThat(denials(node, denying(Permission.JIT))).isEmpty();
    var facts = TestDevice.with(257).with(policy.with(listed));
    assertThat(FactsNode.read(FactsNode.toNode(facts))).isEqualTo(facts);
  }

  private static Outcome read(String policy) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: " + policy + "}"));
  }

  @Test
  void theListStandsInTheSettingsOfTheDevice() {
    assertThat(
            read(
                "{usb: [{vendor: \"0BDA\", product: \"2838\"}], devices: [/dev/hidraw0,"
                    + " /dev/gps]}"))
        .isInstanceOfSatisfying(
            Outcome.Read.class,
            it ->
                assertThat(it.settings().policy().hardware())
                    .isEqualTo(
                        new ListedHardware(
                            new TreeSet<>(Set.of("0bda:2838")),
                            new TreeSet<>(Set.of("/dev/hidraw0", "/dev/gps")))));
    for (String wrong :
        List.of(
            "{usb: [0403:6001]}",
            "{usb: [{vendor: \"0403\"}]}",
            "{usb: [{vendor: \"0403\", product: \"*\"}]}",
            "{usb: [{vendor: \"0403\", product: \"6001\", serial: A}]}",
            "{usb: true}",
            "{devices: [hidraw0]}",
            "{devices: [/dev/sda]}",
            "{devices: [\"/dev/hidraw*\"]}",
            "{devices: /dev/gps}")) {
      assertThat(read(wrong)).as(wrong).isInstanceOf(Outcome.Refused.class);
    }
  }

  /** Whatever permission names a kind of hardware, what it opens is of that kind and no other. */
  @Test
  void everyNodeThatAPermissionOpensIsOfItsKind() {
    for (Permission kind : Hardware.permissions()) {
      Hardware.nodes(kind)
          .forEach(
              node -> {
                var kinds = EnumSet.noneOf(Permission.class);
                KINDS.stream().filter(it -> DeviceClasses.is(it, node.path())).forEach(kinds::add);
                assertThat(kinds).as(node.path()).containsExactly(kind);
              });
    }
  }

  /**
   * By no directive, wall, volume or image is a node opened that no permission names: the control
   * group's list holds whatever is mounted where.
   */
  @Test
  void nothingButAPermissionOpensANode() {
    var routes =
        List.of(
            "directives: {DeviceAllow: char-video4linux rw}",
            "directives: {DeviceAllow: /dev/video10}",
            "directives: {DevicePolicy: auto}",
            "directives: {BindPaths: /dev}",
            "directives: {BindReadOnlyPaths: /dev/video10}",
            "directives: {PrivateDevices: no}",
            "directives: {RootDirectory: /}",
            "directives: {SupplementaryGroups: video}",
            "directives: {RootImage: /opt/app.squashfs}",
            "raw: [{directive: PrivateDevices, value: no, reason: asked for by this very test}]",
            "permissions: {storage: [{source: dev, mountPath: /data/dev}]}");
    DeviceFacts device = TestDevice.with(257);
    var facts =
        new DeviceFacts(
                device.systemdVersion(),
                device.kernel(),
                device.architecture(),
                device.features(),
                device.syscalls(),
                device.labels(),
                new TreeMap<>(Map.of("dev", "/dev")))
            .with(
                denying(Permission.CAMERA)
                    .withRaw(new Listed.Any<>())
                    .withMounts(new Listed.Any<>()));
    int compiled = 0;
    for (String route : routes) {
      for (String mode : List.of("", ", mode: Open, permissions: {camera: false}")) {
        if (!mode.isEmpty() && !route.startsWith("directives")) {
          continue;
        }
        String spec = "{" + RUN + ", " + route + mode + "}";
        if (Compiler.compile(FlowText.read("app", spec), facts)
            instanceof Compilation.Compiled(CompiledApp app, _)) {
          compiled++;
          assertThat(app.text()).as(spec).contains("DevicePolicy=closed").doesNotContain("video");
          assertThat(app.text().lines().filter(it -> it.startsWith("DeviceAllow="))).isEmpty();
        }
      }
    }
    assertThat(compiled).isPositive();
  }
}
