package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.BpfPrograms.DeviceRule;
import dev.sandbar.core.attest.BpfPrograms.PortRule;
import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ContentChecksTest {

  private static final PortRule ANY = new PortRule(0, 0, 0, 0);

  private static Finding finding(
      CgroupProgram kind,
      Map<String, Value> directives,
      Contents contents,
      Map<String, List<DeviceNumber>> nodes) {
    return ContentChecks.of(
        kind,
        new TreeMap<>(directives),
        new Outside(
            List.of(),
            List.of(),
            new TreeMap<>(),
            new TreeMap<>(Map.of(kind.name(), contents)),
            new TreeMap<>(nodes)));
  }

  private static Finding ports(CgroupProgram kind, List<PortRule> allow, List<PortRule> deny) {
    SortedMap<String, Value> declared =
        new TreeMap<>(
            Map.of(
                "SocketBindAllow",
                new Value.Names(new TreeSet<>(List.of("tcp:8080", "ipv6:udp:1000-2000"))),
                "SocketBindDeny",
                new Value.Names(new TreeSet<>(List.of("any")))));
    int family = kind == CgroupProgram.BIND4 ? 2 : 10;
    String name = kind == CgroupProgram.BIND4 ? "sd_bind4-257" : "sd_bind6-257";
    Contents contents =
        ProgramAnswers.ofPorts(
                List.of(BpfPrograms.ports(name, allow, deny)), family, BpfPrograms.PROTOCOL_AT)
            .<Contents>map(Contents.Known::new)
            .orElseThrow();
    return finding(kind, declared, contents, Map.of());
  }

  @Test
  void portsThatAreOpenBesideThoseOfTheListAreNamed() {
    var tcp = new PortRule(0, 6, 1, 8080);
    var udp = new PortRule(10, 17, 1001, 1000);
    for (CgroupProgram kind : List.of(CgroupProgram.BIND4, CgroupProgram.BIND6)) {
      assertThat(ports(kind, List.of(tcp, udp), List.of(ANY))).isEqualTo(new Holds(""));
      assertThat(ports(kind, List.of(tcp, udp, new PortRule(0, 6, 1, 22)), List.of(ANY)))
          .isEqualTo(new Lacks("lets through tcp:22"));
      assertThat(ports(kind, List.of(new PortRule(0, 6, 11, 8080), udp), List.of(ANY)))
          .isEqualTo(new Lacks("lets through tcp:8081"));
      assertThat(ports(kind, List.of(tcp, udp, ANY), List.of(ANY)))
          .isInstanceOf(Lacks.class)
          .extracting(Finding::shown)
          .asString()
          .startsWith("lets through tcp:0, ");
      assertThat(ports(kind, List.of(udp), List.of(ANY))).isEqualTo(new Lacks("refuses tcp:8080"));
      assertThat(ports(kind, List.of(tcp, udp), List.of(new PortRule(0, 6, 0, 0))))
          .extracting(Finding::shown)
          .asString()
          .startsWith("lets through udp:0, ");
    }
    // What is for IPv6 alone is nothing to IPv4.
    assertThat(ports(CgroupProgram.BIND4, List.of(tcp), List.of(ANY))).isEqualTo(new Holds(""));
    assertThat(ports(CgroupProgram.BIND6, List.of(tcp), List.of(ANY)))
        .isEqualTo(new Lacks("refuses udp:1000"));
  }

  private static List<DeviceRule> closed(DeviceRule... more) {
    var rules = new ArrayList<DeviceRule>();
    List.of(3, 5, 7, 8, 9).forEach(minor -> rules.add(new DeviceRule(2, 7, 1, minor)));
    List.of(0, 2).forEach(minor -> rules.add(new DeviceRule(2, 7, 5, minor)));
    List.of(1, 2).forEach(type -> rules.add(new DeviceRule(type, 7, 0, 0)));
    rules.add(new DeviceRule(2, 6, 136, -1));
    rules.addAll(List.of(more));
    return rules;
  }

  private static Finding devices(
      List<DeviceRule> rules, Map<String, String> allow, Map<String, List<DeviceNumber>> nodes) {
    return finding(
        CgroupProgram.DEVICE,
        Map.of(
            "DevicePolicy",
            new Value.Text("closed"),
            "DeviceAllow",
            new Value.Keyed(new TreeMap<>(allow))),
        ProgramAnswers.ofDevices(List.of(BpfPrograms.devices(rules)))
            .<Contents>map(Contents.Known::new)
            .orElseThrow(),
        nodes);
  }

  @Test
  void devicesThatAreOpenBesideThoseOfTheListAreNamed() {
    assertThat(devices(closed(), Map.of(), Map.of())).isEqualTo(new Holds(""));
    assertThat(devices(closed(new DeviceRule(2, 2, 1, 1)), Map.of(), Map.of()))
        .isEqualTo(new Lacks("lets through char 1:1 r"));
    assertThat(devices(closed(new DeviceRule(2, 2, 1, 11)), Map.of(), Map.of()))
        .isEqualTo(new Lacks("lets through char 1:11 r"));
    assertThat(devices(closed(new DeviceRule(1, 7, 8, -1)), Map.of(), Map.of()).shown())
        .startsWith("lets through block 8:0 rwm, ");
    assertThat(devices(closed(new DeviceRule(1, 7, -1, -1)), Map.of(), Map.of()))
        .isInstanceOf(Lacks.class);
    assertThat(devices(closed(new DeviceRule(2, 7, 136, -1)), Map.of(), Map.of()).shown())
        .startsWith("lets through char 136:0 m, ");
    assertThat(devices(closed(new DeviceRule(2, 7, -1, -1)), Map.of(), Map.of()))
        .isInstanceOf(Lacks.class);
    assertThat(devices(List.of(), Map.of(), Map.of()).shown()).startsWith("refuses char 1:3 r, ");
  }

  @Test
  void aDeviceOfTheListIsOpenWithItsAccessAlone() {
    var allow = Map.of("/dev/gps", "rw");
    var there = Map.of("/dev/gps", List.of(new DeviceNumber(false, 188, 4)));
    assertThat(devices(closed(new DeviceRule(2, 6, 188, 4)), allow, there))
        .isEqualTo(new Holds(""));
    assertThat(devices(closed(), allow, there)).as("plugged in later").isEqualTo(new Holds(""));
    assertThat(devices(closed(new DeviceRule(2, 7, 188, 4)), allow, there))
        .isEqualTo(new Lacks("lets through char 188:4 m"));
    assertThat(
            devices(
                closed(new DeviceRule(2, 6, 188, 4), new DeviceRule(2, 6, 188, 5)), allow, there))
        .isEqualTo(new Lacks("lets through char 188:5 rw"));
    assertThat(devices(closed(new DeviceRule(1, 6, 188, 4)), allow, there))
        .isInstanceOf(Lacks.class);
  }

  /** By asking for every device of a few numbers alone. */
  @Test
  void whatIsLetThroughIsFoundWhateverTheProgramAllows() {
    var random = new Random(7);
    int found = 0;
    for (int round = 0; round < 300; round++) {
      var rules = new ArrayList<DeviceRule>(closed(new DeviceRule(2, 6, 188, 4)));
      for (int more = random.nextInt(3); more > 0; more--) {
        rules.add(
            new DeviceRule(
                1 + random.nextInt(2),
                1 + random.nextInt(7),
                NUMBERS.get(random.nextInt(NUMBERS.size())),
                NUMBERS.get(random.nextInt(NUMBERS.size()))));
      }
      List<DeviceRule> given = closed(new DeviceRule(2, 6, 188, 4));
      List<String> extras = extras(rules, given);
      Finding finding =
          devices(
              rules,
              Map.of("/dev/gps", "rw"),
              Map.of("/dev/gps", List.of(new DeviceNumber(false, 188, 4))));
      assertThat(finding instanceof Lacks).as("%s, %s", rules, extras).isEqualTo(!extras.isEmpty());
      if (!extras.isEmpty()) {
        found++;
        assertThat(finding.shown()).as("%s", rules).startsWith("lets through " + extras.getFirst());
      }
    }
    assertThat(found).isBetween(50, 250);
  }

  private static final List<Integer> NUMBERS = List.of(-1, 0, 1, 3, 4, 5, 9, 136, 188);

  private static List<String> extras(List<DeviceRule> rules, List<DeviceRule> given) {
    var asked = new TreeSet<Integer>();
    NUMBERS.forEach(number -> asked.addAll(List.of(number + 1, Math.max(0, number))));
    var extras = new ArrayList<String>();
    for (int type : List.of(2, 1)) {
      for (int major : asked) {
        for (int minor : asked) {
          int left = left(rules, given, new DeviceRule(type, 7, major, minor));
          if (left != 0) {
            extras.add(
                (type == 1 ? "block " : "char ")
                    + (major + ":" + minor + " ")
                    + ((left & 2) != 0 ? "r" : "")
                    + ((left & 4) != 0 ? "w" : "")
                    + ((left & 1) != 0 ? "m" : ""));
          }
        }
      }
    }
    return extras;
  }

  private static int left(List<DeviceRule> rules, List<DeviceRule> given, DeviceRule device) {
    int left = 0;
    for (int access = 1; access <= device.access(); access++) {
      for (DeviceRule rule : rules) {
        if (rule.matches(device.type(), access, device.major(), device.minor())) {
          int undeclared = access;
          for (DeviceRule own : given) {
            undeclared &=
                own.matches(device.type(), 0, device.major(), device.minor()) ? ~own.access() : -1;
          }
          left |= undeclared;
        }
      }
    }
    return left;
  }

  /** A program has the numbers of when it was made. */
  @Test
  void aDeviceThatWasPulledOutOrHasAnotherNumberCannotBeJudged() {
    var allow = Map.of("/dev/gps", "rw");
    var gone = Map.of("/dev/gps", List.<DeviceNumber>of());
    var other = Map.of("/dev/gps", List.of(new DeviceNumber(false, 188, 5)));
    for (var nodes : List.of(gone, other)) {
      assertThat(devices(closed(new DeviceRule(2, 6, 188, 4)), allow, nodes))
          .isInstanceOf(Silent.class);
      assertThat(devices(closed(new DeviceRule(2, 7, 188, 4)), allow, nodes))
          .as("access that it never had")
          .isInstanceOf(Lacks.class);
      assertThat(devices(closed(new DeviceRule(2, 6, 1, 1)), allow, nodes))
          .as("nobody pulls out the memory")
          .isInstanceOf(Lacks.class);
      assertThat(devices(closed(new DeviceRule(2, 6, -1, -1)), allow, nodes))
          .as("more than one device")
          .isInstanceOf(Lacks.class);
      assertThat(
              devices(
                  closed(new DeviceRule(2, 6, 188, 4), new DeviceRule(2, 6, 189, 0)), allow, nodes))
          .isInstanceOf(Lacks.class);
    }
  }

  @Test
  void whatCannotBeJudgedIsNeitherEnforcedNorDrift() {
    assertThat(finding(CgroupProgram.DEVICE, Map.of(), new Contents.Unjudged("not read"), Map.of()))
        .isEqualTo(new Silent("not read"));
    assertThat(ContentChecks.of(CgroupProgram.BIND4, new TreeMap<>(), Outside.NOTHING))
        .isInstanceOf(Silent.class);
  }
}
