package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SliceLimits;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What an app gets depends on who owns the device's nodes and volumes, and whom it asks for names.
 */
class SurroundingsTest {

  private static final String RUN = "run: {command: [/usr/bin/app]}";

  private static DeviceFacts device(Map<String, String> owners, String... resolvers) {
    var parsed = new TreeMap<String, Owner>();
    owners.forEach((path, owner) -> parsed.put(path, Owner.parse(owner).orElseThrow()));
    return TestDevice.with(257).surrounded(parsed, new TreeSet<>(List.of(resolvers)));
  }

  private static Compilation compile(String spec, DeviceFacts facts) {
    return Compiler.compile(FlowText.read("app", "{" + RUN + ", " + spec + "}"), facts);
  }

  private static String lines(Compilation compilation, String directive) {
    assertThat(compilation).isInstanceOf(Compilation.Compiled.class);
    return ((Compilation.Compiled) compilation)
        .app().directives().stream()
            .filter(line -> line.name().equals(directive))
            .map(Directive::value)
            .reduce("", (a, b) -> a + b + ";");
  }

  private static String error(Compilation compilation) {
    assertThat(compilation).isInstanceOf(Compilation.Rejected.class);
    return ((Compilation.Rejected) compilation).errors().getFirst().message();
  }

  /** It can be hidden from what runs, so that no app is started anew for it. */
  @Test
  void aNewVolumeIsAnotherVersionOfTheUnitAndTheSameOfTheProcess() {
    CompiledApp before = app(TestDevice.with(257));
    var volumes = new TreeMap<>(TestDevice.with(257).volumes());
    volumes.put("private", "/srv/private");
    CompiledApp after = app(TestDevice.with(257).configured(new TreeMap<>(), volumes));
    assertThat(after.generation()).isNotEqualTo(before.generation());
    assertThat(after.text()).contains("-/srv/private");
    assertThat(stamp(after)).isEqualTo(stamp(before));
  }

  /** What lies in a volume of the app is hidden when it starts, so it has to start again. */
  @Test
  void aNewVolumeInOneThatTheAppHasIsAnotherVersionOfTheProcess() {
    String spec = "permissions: {storage: [{source: media, mountPath: /m}]}";
    var volumes = new TreeMap<>(TestDevice.with(257).volumes());
    volumes.put("inner", "/srv/media/inner");
    CompiledApp before = ((Compilation.Compiled) compile(spec, TestDevice.with(257))).app();
    CompiledApp after =
        ((Compilation.Compiled)
                compile(spec, TestDevice.with(257).configured(new TreeMap<>(), volumes)))
            .app();
    assertThat(after.text()).contains("InaccessiblePaths=-/m/inner");
    assertThat(stamp(after)).isNotEqualTo(stamp(before));
  }

  private static CompiledApp app(DeviceFacts facts) {
    return ((Compilation.Compiled) compile("mode: Closed", facts)).app();
  }

  private static String stamp(CompiledApp app) {
    return app.directives().stream()
        .map(Directive::value)
        .filter(value -> value.contains(CompiledApp.GENERATION_VARIABLE))
        .findFirst()
        .orElseThrow();
  }

  /** A name server on the local network is the local network, which the owner may deny. */
  @Test
  void theOwnersDenialOfTheLocalNetworkHoldsForNameServersToo() {
    DeviceFacts facts = device(Map.of(), "192.168.1.1");
    assertThat(lines(compile("permissions: {internet: true}", facts), "IPAddressAllow"))
        .contains("192.168.1.1");
    var denied =
        new DevicePolicy(
            false,
            false,
            true,
            new TreeSet<>(List.of(Permission.LOCAL_NETWORK)),
            Permission.Level.DANGEROUS,
            SliceLimits.DEFAULT);
    Compilation app = compile("permissions: {internet: true}", facts.with(denied));
    assertThat(lines(app, "IPAddressAllow")).doesNotContain("192.168.1.1");
    assertThat(((Compilation.Compiled) app).warnings())
        .anyMatch(warning -> warning.message().contains("cannot resolve names"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/dev/plc0|plc 660|plc;",
        "/dev/plc#|plc 660|plc;",
        "/dev/plc0|plc 666|''",
        "/dev/plc#|root 666|''",
        "/dev/plc1|plc 660|''",
      })
  void aNodeBringsItsGroup(String known, String owner, String groups) {
    Compilation app =
        compile(
            "permissions: {devices: [{device: /dev/plc0, access: ReadWrite}]}",
            device(Map.of(known, owner)));
    assertThat(lines(app, "SupplementaryGroups")).isEqualTo(groups);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root 660",
        "root 600",
        "plc 600",
        "plc 640",
        "disk 660",
        "kmem 660",
        "shadow 660",
        "sudo 660",
        "docker 660",
        "#1234 660",
        "0 660",
        "a,b 660",
        "tty 620"
      })
  void noNodeMakesAnAppMemberOfAGroupThatIsAsGoodAsRoot(String owner) {
    Compilation app =
        compile(
            "permissions: {devices: [{device: /dev/plc0, access: ReadWrite}]}",
            device(Map.of("/dev/plc#", owner)));
    assertThat(error(app)).contains("/dev/plc0 belongs to group " + owner.split(" ")[0]);
  }

  @Test
  void linksAndFoldersLeadToWhatTheyHold() {
    DeviceFacts device =
        device(
            Map.of(
                "/dev/ttyUSB#", "dialout 660",
                "/dev/dri/card#", "video 660",
                "/dev/dri/renderD#", "render 660"));
    Compilation app =
        compile(
            "permissions: {serial: [{device: /dev/serial/by-id/usb-Acme}],"
                + " devices: [{device: /dev/dri, access: ReadWrite}]}",
            device);
    assertThat(lines(app, "SupplementaryGroups")).isEqualTo("dialout render video;");
    assertThat(lines(app, "DeviceAllow")).isEqualTo("char-drm rw;/dev/serial/by-id/usb-Acme rw;");
  }

  @Test
  void aFolderOfMixedDevicesIsRefused() {
    Compilation app =
        compile(
            "permissions: {devices: [{device: /dev/mixed}]}",
            device(Map.of("/dev/mixed/a", "plc 660")));
    assertThat(error(app)).contains("/dev/mixed is a folder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "media 2770|ReadWrite|media;|0007;",
        "media 2770|ReadOnly|media;|0077;",
        "root 777|ReadWrite|''|0077;",
        "root 755|ReadOnly|''|0077;",
      })
  void aVolumeBringsItsGroupAndWhatIsWrittenThereIsForTheGroup(
      String owner, String access, String groups, String umask) {
    Compilation app = storage(access, owner);
    assertThat(lines(app, "SupplementaryGroups")).isEqualTo(groups);
    assertThat(lines(app, "UMask")).isEqualTo(umask);
  }

  @ParameterizedTest
  @CsvSource({
    "root 755,ReadWrite",
    "root 700,ReadOnly",
    "disk 2770,ReadWrite",
    "media 2750,ReadWrite"
  })
  void aVolumeThatNoAppCanUseIsRefused(String owner, String access) {
    assertThat(error(storage(access, owner))).contains("volume media, /srv/media belongs to group");
  }

  @Test
  void aVolumeThatHandsItsGroupToNobodyIsWarnedOf() {
    assertThat(storage("ReadWrite", "media 770"))
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            app ->
                assertThat(app.warnings().getFirst().message()).contains("no other app can read"));
  }

  private static Compilation storage(String access, String owner) {
    return compile(
        "permissions: {storage: [{source: media, mountPath: /data, access: " + access + "}]}",
        device(Map.of("/srv/media", owner)));
  }

  @Test
  void internetReachesTheNameServersOfTheDeviceAndNoMore() {
    DeviceFacts lan =
        device(
            Map.of(),
            "192.168.1.1",
            "fe80::1%eth0",
            "8.8.8.8",
            "127.0.0.1",
            "10.0.0.0/8",
            "0.0.0.0",
            "name");
    String allowed = lines(compile("permissions: {internet: true}", lan), "IPAddressAllow");
    assertThat(allowed)
        .contains(" 192.168.1.1/32", "fe80::1/128")
        .doesNotContain("127.", " 10.", " 0.0.0.0");
    assertThat(
            lines(
                compile("permissions: {internet: true}", device(Map.of(), "127.0.0.53")),
                "IPAddressAllow"))
        .contains("127.0.0.53/32");
    assertThat(
            lines(
                compile("permissions: {internet: true, localNetwork: false}", lan),
                "IPAddressAllow"))
        .doesNotContain("192.168");
    assertThat(
            lines(
                compile(
                    "permissions: {internet: true}, directives: {IPAddressDeny: 192.168.0.0/16}",
                    lan),
                "IPAddressAllow"))
        .doesNotContain("192.168");
    assertThat(
            lines(
                compile("permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}]}", lan),
                "IPAddressAllow"))
        .isEqualTo("203.0.113.0/24;");
  }
}
