package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The escape overrides: closes what it says, opens nothing. */
class DirectiveOverridesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DynamicUser: no|LOOSENS_SANDBOX|mode: Open",
        "PrivateUsers: no|LOOSENS_SANDBOX|mode: Open",
        "NoNewPrivileges: false|LOOSENS_SANDBOX|mode: Open",
        "ProtectKernelModules: off|LOOSENS_SANDBOX|mode: Open",
        "PrivateNetwork: no|LOOSENS_SANDBOX|permissions.internet",
        "IPAddressAllow: any|LOOSENS_SANDBOX|permissions.internet",
        "IPAddressAllow: [10.0.0.0/8]|LOOSENS_SANDBOX|permissions.localNetwork",
        "RestrictAddressFamilies: AF_UNIX|LOOSENS_SANDBOX|ask for permissions.unixSockets",
        "RestrictAddressFamilies: AF_INET6|LOOSENS_SANDBOX|internet or permissions.localNetwork",
        "RestrictAddressFamilies: AF_NETLINK|LOOSENS_SANDBOX|ask for permissions.networkStatus",
        "RestrictAddressFamilies: AF_CAN AF_NFC|LOOSENS_SANDBOX|ask for permissions.canBus",
        "RestrictNamespaces: no|LOOSENS_SANDBOX|remove the line",
        "RestrictNamespaces: user|LOOSENS_SANDBOX|remove the line",
        "MemoryDenyWriteExecute: no|LOOSENS_SANDBOX|permissions.jit",
        "PrivateDevices: no|LOOSENS_SANDBOX|permissions.devices",
        "SystemCallFilter: \"@mount\"|LOOSENS_SANDBOX|no app gets it",
        "SystemCallFilter: memfd_create|LOOSENS_SANDBOX|permissions.jit",
        "LimitCORE: infinity|INVALID_VALUE|write 0",
        "Nice: -5|INVALID_VALUE|from 0 to 19",
        "Type: forking|INVALID_VALUE|run.type: Notify",
        "MemoryMax: lots|INVALID_VALUE|a size such as 64M",
        "MemoryMax: [1M, 2M]|WRONG_TYPE|write one value",
        "CPUQuota: 50|INVALID_VALUE|50%",
        "NoNewPrivileges: maybe|INVALID_VALUE|yes or no",
        "RestrictAddressFamilies: ~AF_PAKET|INVALID_VALUE|did you mean AF_PACKET?",
        "RestrictNamespaces: ~usr|INVALID_VALUE|did you mean user?",
        "IPAddressDeny: example.com|INVALID_VALUE|203.0.113.0/24",
        "SystemCallFilter: ~reboot:EPERM|INVALID_VALUE|all with ~",
        "NetworkNamespacePath: /proc/1/ns/net|INVALID_VALUE|/run/netns/NAME",
        "NetworkNamespacePath: /run/netns/../x|INVALID_VALUE|/run/netns/NAME",
        "RootImage: app.squashfs|UNSAFE_PATH|/absolute/path",
        "RootImage: /srv/../app|UNSAFE_PATH|/absolute/path",
        "RootImage: /dev/loop9|UNSAFE_PATH|use image: {path, sha256}",
        "RootImage: /dev/disk/by-label/data|UNSAFE_PATH|use image: {path, sha256}",
        "RootImage: /proc/1/root/app|UNSAFE_PATH|use image: {path, sha256}",
        "RootImage: /run/app|UNSAFE_PATH|use image: {path, sha256}",
        "RootImage: /srv/media/app|UNSAFE_PATH|use image: {path, sha256}",
        "MemoryMaks: 1M|UNKNOWN_DIRECTIVE|did you mean MemoryMax?",
        "ExecStartPre: /bin/x|UNKNOWN_DIRECTIVE|",
        "User: root|UNKNOWN_DIRECTIVE|its own user",
        "ProtectSystem: full|LOOSENS_SANDBOX|mode: Open",
        "ProtectHome: read-only|LOOSENS_SANDBOX|mode: Open",
        "PrivateTmp: no|LOOSENS_SANDBOX|mode: Open",
        "ProtectSystem: very|INVALID_VALUE|no, yes, full, strict",
        "ReadOnlyPaths: /etc|CONFLICT|access: ReadOnly",
        "InaccessiblePaths: /run|UNSAFE_PATH|remove it",
        "InaccessiblePaths: /dev/shm|UNSAFE_PATH|remove it",
        "InaccessiblePaths: /srv/../etc|UNSAFE_PATH|- before those",
        "InaccessiblePaths: +/srv|UNSAFE_PATH|- before those",
        "UMask: 0022|INVALID_VALUE|leaves others nothing",
        "IOReadBandwidthMax: 10M|INVALID_VALUE|/dev/mmcblk0 10M",
        "IOSchedulingClass: realtime|INVALID_VALUE|best-effort or idle",
        "CPUSchedulingPolicy: fifo|INVALID_VALUE|permissions.realtime",
        "KillMode: none|INVALID_VALUE|control-group or mixed",
        "FailureAction: reboot|UNKNOWN_DIRECTIVE|no spec restarts a device",
        "Requires: reboot.target|UNKNOWN_DIRECTIVE|run.after",
        "BindPaths: /etc|UNKNOWN_DIRECTIVE|permissions.storage",
        "AmbientCapabilities: CAP_SYS_ADMIN|UNKNOWN_DIRECTIVE|capabilities",
      })
  void refusesInClosedMode(String directive, Problem problem, String help) {
    assertThat(errors("{" + RUN + ", directives: {" + directive + "}}", TestDevice.with(257)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(problem);
              assertThat(d.at().line()).isEqualTo(2);
              assertThat(d.help()).contains(help == null ? "" : help);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DynamicUser: yes",
        "NoNewPrivileges: true",
        "PrivateNetwork: yes",
        "IPAddressDeny: any",
        "RestrictAddressFamilies: ~AF_PACKET",
        "RestrictAddressFamilies: none",
        "RestrictNamespaces: yes",
        "RestrictNamespaces: ~user",
        "ProtectKernelTunables: yes",
        "ProtectKernelModules: yes",
        "SystemCallFilter: ~@reboot @module @mount",
        "SystemCallFilter: [\"~@reboot\", \"~@module\"]",
        "SystemCallFilter: \"@system-service\"",
      })
  void whatTheClosedModeHasAlreadyChangesNoWall(String directive) {
    CompiledApp plain = compiled("{" + RUN + "}", TestDevice.with(257));
    CompiledApp named =
        compiled("{" + RUN + ", directives: {" + directive + "}}", TestDevice.with(257));
    var expected = new java.util.TreeMap<>(plain.effective());
    var found = new java.util.TreeMap<>(named.effective());
    expected.remove("Environment");
    found.remove("Environment");
    assertThat(found).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // mode, spec beside it, directive, what stands in the unit
        "Closed||ProtectSystem: strict|ProtectSystem=strict",
        "Closed||ProtectHome: yes|ProtectHome=yes",
        "Closed||PrivateTmp: yes|PrivateTmp=disconnected",
        "Open||ProtectSystem: full|ProtectSystem=full",
        "Open||ProtectHome: tmpfs|ProtectHome=tmpfs",
        "Open||PrivateTmp: disconnected|PrivateTmp=disconnected",
        "Open||ProtectControlGroups: strict|ProtectControlGroups=strict",
        "Open|permissions: {state: false},|ProtectSystem: strict|ProtectSystem=strict",
        "Open|permissions: {state: false},|PrivateTmp: disconnected|PrivateTmp=disconnected",
      })
  void theStrongerWordStands(String mode, String more, String directive, String line) {
    String beside = more == null ? "" : more;
    CompiledApp app =
        compiled(
            "{%s, mode: %s, %s directives: {%s}}".formatted(RUN, mode, beside, directive),
            TestDevice.with(257));
    String name = line.substring(0, line.indexOf('='));
    assertThat(values(app, name)).containsExactly(line.substring(name.length() + 1));
  }

  @Test
  void aWordThatTheDeviceDoesNotKnowIsRefused() {
    String spec = "{" + RUN + ", mode: Open, directives: {PrivateTmp: disconnected}}";
    assertThat(errors(spec, TestDevice.with(255)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.CANNOT_ENFORCE);
              assertThat(d.help()).contains("systemd 257", "write yes");
            });
    String weaker =
        "{" + RUN + ", mode: Open, permissions: {state: false}, directives: {ProtectSystem: full}}";
    assertThat(errors(weaker, TestDevice.with(257)))
        .singleElement()
        .satisfies(d -> assertThat(d.problem()).isEqualTo(Problem.LOOSENS_SANDBOX));
  }

  @Test
  void pathsAreHiddenOneByOne() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", directives: {InaccessiblePaths: [\"/etc/ssh -/srv/x\", /opt/other]}}",
            TestDevice.with(257));
    assertThat(values(app, "InaccessiblePaths")).contains("/etc/ssh -/srv/x /opt/other");
  }

  @Test
  void anIpListNarrowsWhatIsGranted() {
    String internet = "{" + RUN + ", permissions: {internet: true}, directives: ";
    assertThat(
            values(
                compiled(
                    internet + "{IPAddressDeny: any, IPAddressAllow: 203.0.113.0/24}}",
                    TestDevice.with(257)),
                "IPAddressAllow"))
        .containsExactly("203.0.113.0/24");
    CompiledApp without =
        compiled(internet + "{IPAddressDeny: 203.0.113.0/24}}", TestDevice.with(257));
    assertThat(values(without, "IPAddressAllow").getFirst().split(" "))
        .contains("203.0.112.0/24", "203.0.114.0/23")
        .doesNotContain("203.0.113.0/24");
  }

  @Test
  void familiesNarrowWhatIsGranted() {
    CompiledApp app =
        compiled(
            "{"
                + RUN
                + ", permissions: {internet: true}, directives: {RestrictAddressFamilies: AF_INET}}",
            TestDevice.with(257));
    assertThat(values(app, "RestrictAddressFamilies")).containsExactly("AF_INET");
  }

  @Test
  void aListOfCallsTakesAwayTheRest() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", directives: {SystemCallFilter: \"@basic-io @file-system\"}}",
            TestDevice.with(257));
    assertThat(values(app, "SystemCallFilter").getLast()).startsWith("~").contains(" socket ");
    assertThat(values(app, "SystemCallFilter").getLast().split(" "))
        .doesNotContain("openat", "read");
  }

  @Test
  void whatAPermissionGrantsCannotBeTakenAwayUnseen() {
    assertThat(
            errors(
                "{" + RUN + ", permissions: {internet: true}, directives: {PrivateNetwork: yes}}",
                TestDevice.with(257)))
        .extracting(d -> d.problem())
        .containsExactly(Problem.CONFLICT);
    assertThat(
            errors(
                "{"
                    + RUN
                    + ", permissions: {jit: true}, directives: {MemoryDenyWriteExecute: yes}}",
                TestDevice.with(257)))
        .extracting(d -> d.problem())
        .containsExactly(Problem.CONFLICT);
    assertThat(
            errors(
                "{"
                    + RUN
                    + ", permissions: {networkNamespace: a}, directives: {NetworkNamespacePath:"
                    + " /run/netns/b}}",
                TestDevice.with(257)))
        .extracting(d -> d.problem())
        .containsExactly(Problem.CONFLICT);
  }

  @Test
  void aNamespaceCanBeNamedByItsPath() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", directives: {NetworkNamespacePath: /var/run/netns/uplink}}",
            TestDevice.with(257));
    assertThat(values(app, "NetworkNamespacePath")).containsExactly("/run/netns/uplink");
    assertThat(values(app, "RestrictAddressFamilies")).containsExactly("none");
  }

  @Test
  void limitsReplaceTheDefaults() {
    CompiledApp app =
        compiled(
            "{" + RUN + ", directives: {TasksMax: 500, Restart: \"no\", RestartSec: 3s}}",
            TestDevice.with(257));
    assertThat(values(app, "TasksMax")).containsExactly("500");
    assertThat(values(app, "Restart")).containsExactly("no");
    assertThat(values(app, "RestartSec")).containsExactly("3s");
  }

  /** An app that ends at once is started more and more rarely, whatever its first pause is. */
  @ParameterizedTest
  @CsvSource({"1s,6,60s", "59s,6,60s", "60s,'',''", "2min,'',''"})
  void thePauseBeforeARestartGrows(String first, String steps, String longest) {
    CompiledApp app =
        compiled("{" + RUN + ", directives: {RestartSec: " + first + "}}", TestDevice.with(257));
    assertThat(values(app, "RestartSec")).containsExactly(first);
    assertThat(String.join("", values(app, "RestartSteps"))).isEqualTo(steps);
    assertThat(String.join("", values(app, "RestartMaxDelaySec"))).isEqualTo(longest);
  }

  @Test
  void anImageIsNamedOnce() {
    assertThat(
            errors(
                "{"
                    + RUN
                    + ", image: {path: /srv/a, sha256: \""
                    + "a".repeat(64)
                    + "\"}, directives: {RootImage: /srv/b}}",
                TestDevice.with(257)))
        .extracting(d -> d.problem())
        .containsExactly(Problem.CONFLICT);
  }

  @Test
  void aKeyCannotForgeALine() {
    assertThat(
            errors(
                "{" + RUN + ", directives: {\"A\\nlevel=ERROR \u001b[2J\": 1}}",
                TestDevice.with(257)))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.problem()).isEqualTo(Problem.UNKNOWN_DIRECTIVE);
              assertThat(d.toString())
                  .contains("'A?level=ERROR ?[2J'")
                  .doesNotContain("\n", "\u001b");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"SystemCallFilter", "IPAddressDeny", "MemoryMax", "NoNewPrivileges"})
  void aValueCannotSteerATerminal(String name) {
    assertThat(
            errors(
                "{" + RUN + ", directives: {" + name + ": \"x\u009b2J\"}}", TestDevice.with(257)))
        .isNotEmpty()
        .allSatisfy(d -> assertThat(d.toString()).contains("'x?2J'").doesNotContain("\u009b"));
  }
}
