package dev.sandbar.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.probe.Judged.Verdict;
import dev.sandbar.core.probe.ProbeAttempt.End;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a kit reports is judged by what the spec grants, and by nothing that the kit says. */
class ProbeJudgementTest {

  private static final String RUN = "{run: {command: [/usr/bin/app]}, ";

  private static ProbeJudgement judged(String spec, List<ProbeAttempt> attempts) {
    var grants = ProbeGrants.of(FlowText.read("app", RUN + spec + "}"), TestDevice.with(257));
    return ProbeJudgement.of(attempts, grants, ProbeTargets.DEFAULT);
  }

  /** As if everything that is no control had ended so. */
  private static List<ProbeAttempt> all(End end) {
    var attempts = new ArrayList<ProbeAttempt>();
    ProbeTable.of(ProbeTargets.DEFAULT)
        .forEach(
            (id, opening) ->
                attempts.add(
                    attempt(id, opening instanceof AttemptOpening.Control ? End.OPEN : end)));
    return attempts;
  }

  private static ProbeAttempt attempt(String id, End end) {
    return new ProbeAttempt(id, "try " + id, end, end == End.DENIED ? "EPERM" : "");
  }

  private static Judged one(String spec, String id) {
    return judged(spec, List.of(attempt(id, End.OPEN))).attempts().getFirst();
  }

  private static SortedSet<String> granted(String spec) {
    var ids = new TreeSet<String>();
    judged(spec, all(End.OPEN)).with(Verdict.GRANTED).forEach(it -> ids.add(it.attempt().id()));
    return ids;
  }

  @Test
  void aClosedAppIsGrantedNothing() {
    assertThat(granted("mode: Closed")).isEmpty();
    ProbeJudgement refused = judged("mode: Closed", all(End.DENIED));
    assertThat(refused.with(Verdict.NOT_GRANTED)).isEmpty();
    assertThat(refused.with(Verdict.GRANTED_REFUSED)).isEmpty();
    assertThat(refused.invalid(true)).isEmpty();
  }

  @Test
  void anOpenAppIsGrantedEverythingButWhatIsWithheldByName() {
    assertThat(judged("mode: Open", all(End.OPEN)).with(Verdict.NOT_GRANTED)).isEmpty();
    assertThat(judged("mode: Open", all(End.ABSENT)).with(Verdict.GRANTED_REFUSED)).isEmpty();
    assertThat(
            judged("mode: Open, permissions: {internet: false}", all(End.OPEN))
                .with(Verdict.NOT_GRANTED))
        .extracting(it -> it.attempt().id())
        .contains("tcp4-out", "socket-inet6", "bind-80")
        .doesNotContain("mmap-rwx", "write-etc");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permissions: {internet: true} | tcp4-out | true",
        "permissions: {internet: true} | lan-tcp4 | false",
        "permissions: {internet: true} | socket-inet6 | true",
        "permissions: {internet: true, internetTo: [{cidr: 192.0.2.0/24}]} | tcp4-out | false",
        "permissions: {internet: true, internetTo: [{cidr: 127.0.0.1/32}]} | loopback-tcp4 | true",
        "permissions: {internet: true}, directives: {IPAddressDeny: 198.51.100.0/24} | udp4-out | false",
        "permissions: {localNetwork: true} | brick-telnet | true",
        "permissions: {internet: true, ports: [{name: web, port: 8088}]} | bind-8088 | true",
        "permissions: {internet: true, ports: [{name: web, port: 8088}]} | bind-80 | false",
        "permissions: {internet: true, ports: [{name: web, port: 8088}]} | listen-call | true",
        "permissions: {internet: true, ports: [{name: web, port: 80}]} | bind-80 | true",
        "permissions: {internet: true, ports: [{name: web, port: 80}]} | bind-22 | false",
        "permissions: {internet: true, ports: [{name: web, port: 80}]} | capabilities-ambient | true",
        "permissions: {internet: true, ports: [{name: web, port: 8088}]} | capabilities-ambient | false",
        "permissions: {internet: true, ports: [{port: 8000, endPort: 8999}]} | bind-8088 | true",
        "permissions: {internet: true, ports: [{port: 0, protocol: UDP}]} | bind-udp-0 | true",
        "permissions: {internet: true, ports: [{port: 0, protocol: UDP}]} | bind-udp-5353 | true",
        "permissions: {internet: true, ports: [{port: 0, protocol: UDP}]} | bind-udp-53 | false",
        "permissions: {internet: true, ports: [{port: 0, protocol: UDP}]} | bind-8088 | false",
        "permissions: {jit: true} | mmap-rwx | true",
        "permissions: {keyring: true} | add-key | true",
        "permissions: {debug: true} | vm-read-parent | true",
        "permissions: {debug: true} | ptrace-init | false",
        "systemCalls: {allow: [\"@ipc\"]} | vm-read-parent | false",
        "permissions: {runFromData: true} | exec-tmp | true",
        "permissions: {runFromData: true} | exec-memfd | true",
        "permissions: {runFromData: true} | exec-shm | false",
        "permissions: {runFromData: true} | mmap-rwx | false",
        "permissions: {runFromData: true, cache: true} | exec-cache | true",
        "permissions: {cache: true} | write-cache | true",
        "permissions: {cache: true} | exec-cache | false",
        "permissions: {cache: true} | read-other-cache | false",
        "permissions: {state: true} | write-logs | false",
        "permissions: {camera: true} | device-video0 | true",
        "permissions: {gpu: true} | device-dri-card0 | true",
        "permissions: {gpu: true} | device-snd-control | false",
        "permissions: {hardwareRandom: true} | device-hwrng | true",
        "permissions: {otherApps: true} | see-processes | true",
        "permissions: {otherApps: true} | proc-init-environ | false",
        "permissions: {scheduling: true} | sched-affinity | true",
        "permissions: {scheduling: true} | sched-fifo | false",
        "permissions: {realtime: true} | sched-fifo | true",
        "permissions: {realtime: true} | sched-setattr-fifo | true",
        "permissions: {realtime: true} | nice-minus-20 | false",
        "permissions: {lockMemory: true} | mlockall | true",
        "permissions: {lockMemory: true} | map-locked | true",
        "directives: {LimitMEMLOCK: 64M} | map-locked | true",
        "directives: {LimitMEMLOCK: 64M} | mlockall | false",
        "systemCalls: {allow: [mlock]} | shm-lock | true",
        "systemCalls: {allow: [add_key]} | add-key | true",
        "systemCalls: {allow: [\"@keyring\"], deny: [add_key]} | add-key | false",
        "systemCalls: {allow: [\"@ipc\"]} | memfd | false",
        "permissions: {networkStatus: true} | network-links | true",
        "permissions: {networkStatus: true} | route-add | false",
        "permissions: {systemInfo: true} | proc-meminfo | true",
        "permissions: {systemInfo: true} | sysctl-hostname | false",
        "permissions: {serial: [{device: /dev/ttyUSB0}]} | device-usb-serial | true",
        "permissions: {serial: [{device: /dev/ttyUSB0}]} | device-serial | false",
        "permissions: {devices: [{device: /dev/ttyS0, access: ReadOnly}]} | device-serial | false",
        "systemCalls: {allow: [ptrace]} | ptrace-child | true",
        "systemCalls: {allow: [ptrace]} | ptrace-init | false",
        "systemCalls: {allow: [\"@debug\"], deny: [ptrace]} | ptrace-child | false"
      })
  void aGrantIsOfItsOwn(String spec, String id, boolean granted) {
    assertThat(one(spec, id).verdict()).isEqualTo(granted ? Verdict.GRANTED : Verdict.NOT_GRANTED);
  }

  @Test
  void thePermissionsThatOpenAnAttemptAreNamed() {
    assertThat(one("mode: Closed", "tcp4-out").permissions()).containsExactly(Permission.INTERNET);
    assertThat(one("mode: Closed", "socket-inet").permissions())
        .containsExactly(Permission.INTERNET, Permission.LOCAL_NETWORK);
    assertThat(one("mode: Closed", "loopback-tcp4").permissions())
        .containsExactly(Permission.INTERNET_TO);
    assertThat(one("mode: Closed", "bind-call").permissions())
        .containsExactly(
            Permission.PORTS,
            Permission.CAN_BUS,
            Permission.RAW_NETWORK,
            Permission.NETWORK_STATUS);
    assertThat(one("mode: Closed", "socket-can").permissions()).containsExactly(Permission.CAN_BUS);
    assertThat(one("mode: Closed", "memfd").permissions())
        .containsExactly(Permission.JIT, Permission.RUN_FROM_DATA);
    assertThat(one("mode: Closed", "device-serial").permissions())
        .containsExactly(Permission.SERIAL);
    assertThat(one("mode: Closed", "device-kvm").permissions()).containsExactly(Permission.DEVICES);
    assertThat(one("mode: Closed", "bpf").permissions()).isEmpty();
  }

  @Test
  void whatIsGrantedAndRefusedIsANote() {
    assertThat(
            judged("permissions: {internet: true}", all(End.TIMEOUT)).with(Verdict.GRANTED_REFUSED))
        .extracting(it -> it.attempt().id())
        .contains("tcp4-out")
        .doesNotContain("lan-tcp4", "bpf");
  }

  @Test
  void aProbeIsInvalidWhereAProgramCannotRunOrTheReportIsNotWhole() {
    List<ProbeAttempt> attempts = all(End.DENIED);
    assertThat(judged("mode: Closed", attempts).invalid(false)).contains("not its end");
    attempts.removeIf(it -> it.id().equals("write-etc"));
    assertThat(judged("mode: Closed", attempts).invalid(true)).contains("not write-etc");
    attempts.add(attempt("write-etc", End.DENIED));
    attempts.replaceAll(it -> it.id().equals("getrandom") ? attempt("getrandom", End.KILLED) : it);
    assertThat(judged("mode: Closed", attempts).invalid(true)).contains("can: getrandom");
    assertThat(judged("systemCalls: {deny: [getrandom]}", attempts).invalid(true)).isEmpty();
    assertThat(judged("mode: Closed", List.of()).invalid(true)).contains("no attempt");
  }

  @Test
  void anAttemptThatNobodyKnowsIsGrantedByNobody() {
    ProbeJudgement judged =
        judged(
            "mode: Closed", List.of(attempt("new-hole", End.OPEN), attempt("other", End.DENIED)));
    assertThat(judged.unknown()).containsExactly("new-hole", "other");
    assertThat(judged.with(Verdict.NOT_GRANTED))
        .extracting(it -> it.attempt().id())
        .containsExactly("new-hole");
  }

  /** The folders of the device may be write-protected for it, and nothing is wrong with the kit. */
  @Test
  void inOpenModeFoldersOfTheDeviceAreNoControl() {
    List<ProbeAttempt> attempts = all(End.DENIED);
    attempts.replaceAll(it -> it.id().equals("own-tmp") ? attempt("own-tmp", End.DENIED) : it);
    assertThat(judged("mode: Open", attempts).invalid(true)).isEmpty();
    assertThat(judged("mode: Closed", attempts).invalid(true)).contains("can: own-tmp");
    attempts.replaceAll(it -> it.id().equals("getrandom") ? attempt("getrandom", End.DENIED) : it);
    assertThat(judged("mode: Open", attempts).invalid(true)).contains("can: getrandom");
  }
}
