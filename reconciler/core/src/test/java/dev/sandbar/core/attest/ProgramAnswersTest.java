package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.BpfProgram.Instruction;
import dev.sandbar.core.attest.BpfPrograms.DeviceRule;
import dev.sandbar.core.attest.BpfPrograms.PortRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What programs let through is the same as what their lists say, whatever is asked. */
class ProgramAnswersTest {

  private static final int TRIALS = 60;
  private static final List<Integer> PROTOCOLS = List.of(0, 1, 5, 6, 7, 17, 18, 132, 255, 262);
  private static final Instruction EXIT = new Instruction(0x95, 0, 0, 0, 0);

  private final Random random = new Random(7);

  private static ProgramAnswers ports(int family, BpfProgram... programs) {
    return ProgramAnswers.ofPorts(List.of(programs), family, BpfPrograms.PROTOCOL_AT).orElseThrow();
  }

  private int one(Integer... of) {
    return of[random.nextInt(of.length)];
  }

  private List<PortRule> rules(int most) {
    var rules = new ArrayList<PortRule>();
    for (int n = random.nextInt(most + 1); n > 0; n--) {
      int first = one(0, 1, 22, 1023, 8080, random.nextInt(0xffff), 0xffff);
      int count = Math.min(0x10000 - first, one(1, 1, 2, 100, 5000)) % 0x10000;
      rules.add(
          random.nextInt(5) == 0
              ? new PortRule(one(0, 2, 10), one(0, 6, 17), 0, 0)
              : new PortRule(one(0, 2, 10), one(0, 6, 17), count, first));
    }
    return rules;
  }

  @ParameterizedTest
  @ValueSource(ints = {257, 262})
  void programsOnPortsAnswerAsTheirRulesDo(int systemd) {
    for (int trial = 0; trial < TRIALS; trial++) {
      List<PortRule> allow = rules(trial % 20 == 0 ? 128 : 6);
      List<PortRule> deny = rules(3);
      for (int family : List.of(2, 10)) {
        String name = "sd_bind%d-%d".formatted(family == 2 ? 4 : 6, systemd);
        ProgramAnswers answers = ports(family, BpfPrograms.ports(name, allow, deny));
        for (int protocol : PROTOCOLS) {
          for (int port = 0; port <= 0xffff; port += trial == 1 ? 1 : 1 + random.nextInt(700)) {
            assertThat(answers.allows(0, protocol, port))
                .as("%s %s: %d %d", allow, deny, protocol, port)
                .isEqualTo(plain(allow, deny, family, protocol, port));
          }
        }
      }
    }
  }

  private static boolean plain(
      List<PortRule> allow, List<PortRule> deny, int family, int protocol, int port) {
    for (PortRule rule : allow) {
      if (rule.matches(family, protocol, port)) {
        return true;
      }
    }
    for (PortRule rule : deny) {
      if (rule.matches(family, protocol, port)) {
        return false;
      }
    }
    return true;
  }

  @Test
  void ofAnotherFamilyAProgramSaysNothing() {
    var denied = List.of(new PortRule(0, 0, 0, 0));
    BpfProgram program = BpfPrograms.ports("sd_bind4-257", List.of(), denied);
    assertThat(ports(2, program).through()).isEmpty();
    assertThat(ports(10, program).allows(0, 6, 80)).isTrue();
  }

  @Test
  void allProgramsHaveToLetItThrough() {
    var denied = List.of(new PortRule(0, 0, 0, 0));
    BpfProgram some =
        BpfPrograms.ports("sd_bind4-257", List.of(new PortRule(0, 6, 10, 80)), denied);
    BpfProgram other =
        BpfPrograms.ports("sd_bind4-262", List.of(new PortRule(0, 6, 10, 85)), denied);
    ProgramAnswers both = ports(2, some, other);
    for (int port = 70; port < 110; port++) {
      assertThat(both.allows(0, 6, port)).isEqualTo(port >= 85 && port < 90);
    }
  }

  private static Optional<ProgramAnswers> devices(BpfProgram... programs) {
    return ProgramAnswers.ofDevices(List.of(programs));
  }

  private void agrees(List<DeviceRule> rules, ProgramAnswers answers) {
    for (int n = 0; n < 20_000; n++) {
      int access = 1 + random.nextInt(7);
      int type = 1 + random.nextInt(2);
      int near = rules.isEmpty() ? 0 : random.nextInt(rules.size());
      int major = rules.isEmpty() ? 1 : Math.max(0, rules.get(near).major() + one(0, 0, 0, -1, 1));
      int minor = rules.isEmpty() ? 1 : Math.max(0, rules.get(near).minor() + one(0, 0, 0, -1, 1));
      if (n % 4 == 0) {
        major = random.nextInt(0x1000);
        minor = random.nextInt(0x100000);
      }
      boolean plain = false;
      for (DeviceRule rule : rules) {
        plain |= rule.matches(type, access, major, minor);
      }
      assertThat(answers.allows(ProgramAnswers.kind(type, access), major, minor))
          .as("%s: %d %d %d:%d", rules, type, access, major, minor)
          .isEqualTo(plain);
    }
  }

  @Test
  void programsOnDevicesAnswerAsTheirListsDo() {
    for (int trial = 0; trial < TRIALS; trial++) {
      var rules = new ArrayList<DeviceRule>();
      for (int n = random.nextInt(12); n > 0; n--) {
        int major = random.nextInt(8) == 0 ? -1 : one(0, 1, 5, 8, 136, random.nextInt(0xfff));
        int minor = random.nextInt(3) == 0 ? -1 : one(0, 1, 3, 11, random.nextInt(0xfffff));
        rules.add(new DeviceRule(one(1, 2), 1 + random.nextInt(7), major, minor));
      }
      agrees(rules, devices(BpfPrograms.devices(rules)).orElseThrow());
    }
  }

  /** DevicePolicy=closed with DeviceAllow of loop-control, block-loop and char-ttyS. */
  @Test
  void aProgramOfSystemdAnswersAsItsUnitDoes() {
    var rules = new ArrayList<DeviceRule>();
    List.of(3, 5, 7, 8, 9).forEach(minor -> rules.add(new DeviceRule(2, 7, 1, minor)));
    List.of(0, 2).forEach(minor -> rules.add(new DeviceRule(2, 7, 5, minor)));
    List.of(1, 2).forEach(type -> rules.add(new DeviceRule(type, 7, 0, 0)));
    rules.add(new DeviceRule(2, 6, 136, -1));
    rules.add(new DeviceRule(2, 6, 4, -1));
    rules.add(new DeviceRule(1, 7, 7, -1));
    rules.add(new DeviceRule(2, 6, 10, 237));
    var read = new BpfProgram(BpfPrograms.read("sd_devices-257"), new TreeMap<>());
    agrees(rules, devices(read).orElseThrow());
  }

  private static BpfProgram program(Instruction... code) {
    return new BpfProgram(List.of(code), new TreeMap<>());
  }

  /** It could hide a number from whoever asks about those that it names. */
  @Test
  void whatIsDoneWithANumberThatIsAskedAboutCannotBeJudged() {
    var major = new Instruction(0x61, 2, 1, 4, 0);
    var yes = new Instruction(0xb7, 0, 0, 0, 1);
    // xor, and, right shift, add, of 32 and 64 bits.
    for (int operation : List.of(0xa4, 0xa7, 0x54, 0x57, 0x74, 0x77, 0x04, 0x07)) {
      assertThat(devices(program(major, new Instruction(operation, 2, 0, 0, 1), yes, EXIT)))
          .isEmpty();
    }
    var minor = new Instruction(0x61, 3, 1, 8, 0);
    assertThat(devices(program(major, minor, new Instruction(0x1d, 2, 3, 0, 0), yes, EXIT)))
        .isEmpty();
    assertThat(devices(program(major, new Instruction(0xbf, 0, 2, 0, 0), EXIT))).isEmpty();
    assertThat(devices(program(yes, EXIT)).orElseThrow().allows(ProgramAnswers.kind(2, 6), 1, 1))
        .isTrue();
  }

  @Test
  void whatNoProgramOfSystemdDoesCannotBeJudged() {
    var yes = new Instruction(0xb7, 0, 0, 0, 1);
    var call = new Instruction(0x85, 0, 0, 0, 5);
    var endless = new Instruction(0x05, 0, 0, -1, 0);
    var changed = new Instruction(0x62, 1, 0, 4, 1);
    var signed = new Instruction(0x65, 0, 0, 0, 1);
    var atomic = new Instruction(0xc3, 10, 0, -8, 0);
    for (Instruction one : List.of(call, endless, changed, signed, atomic)) {
      assertThat(devices(program(yes, one, EXIT))).as("%s", one).isEmpty();
    }
    assertThat(devices(program())).isEmpty();
    assertThat(devices(program(yes))).isEmpty();
    List<Instruction> ports = BpfPrograms.read("sd_bind4-257");
    assertThat(
            ProgramAnswers.ofPorts(
                List.of(new BpfProgram(ports, new TreeMap<>())), 2, BpfPrograms.PROTOCOL_AT))
        .as("its maps cannot be read")
        .isEmpty();
    BpfProgram elsewhere =
        BpfPrograms.ports("sd_bind4-257", List.of(), List.of(new PortRule(0, 6, 0, 0)));
    assertThat(ProgramAnswers.ofPorts(List.of(elsewhere), 2, 528))
        .as("it reads something else of the socket")
        .isEmpty();
  }
}
