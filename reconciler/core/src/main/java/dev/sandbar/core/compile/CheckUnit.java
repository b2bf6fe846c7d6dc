package dev.sandbar.core.compile;

import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.HealthSpec.Readiness;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveInfo.Role;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The unit in which a check of an app runs as a command: every setting of the app's own unit that
 * bears on the sandbox, as the same user and with the same directories, and nothing of what the app
 * runs. What systemd makes anew for each unit ({@code /tmp}, {@code /run}) the command has for
 * itself.
 *
 * @param unit its name. Never one of an app: those begin with {@code sandbar-}
 * @param text of the unit file
 */
public record CheckUnit(UnitName unit, String text) {

  /** How the names of these units begin. */
  public static final String PREFIX = "sandbar.check-";

  private static final String SERVICE = "Service";
  private static final String BINDS = "BindPaths";

  /** They order what must be there before the sandbox can be set up. */
  private static final Set<String> NEEDED_BEFORE = Set.of("RequiresMountsFor", "AssertPathExists");

  /** Of the run, and as the app has it. */
  private static final Set<String> ALSO =
      Set.of("Environment", "WorkingDirectory", "LoadCredentialEncrypted", BINDS);

  /** With them the end of a check would remove directories that the app still uses. */
  private static final Set<String> GONE_AT_THE_END =
      Set.of("RuntimeDirectory", "RuntimeDirectoryMode");

  /** With it the end of a check would take away what the app shares with itself (ipcrm). */
  private static final String REMOVES_IPC = "RemoveIPC";

  /** The unit of an app that is checked by a command; empty for any other. */
  public static Optional<CheckUnit> of(CompiledApp app) {
    HealthSpec health = app.spec().health();
    return health.ready() instanceof Readiness.Exec(List<String> command)
        ? Optional.of(of(app, EscapedText.command(command), health))
        : Optional.empty();
  }

  private static CheckUnit of(CompiledApp app, EscapedText command, HealthSpec health) {
    var before = new ArrayList<String>();
    var service = new ArrayList<String>();
    for (Directive line : app.directives()) {
      if (NEEDED_BEFORE.contains(line.name())) {
        before.add(line.name() + "=" + line.value());
      } else if (line.section().equals(SERVICE) && isKept(line)) {
        service.add(line.name() + "=" + line.value());
      }
    }
    var lines = new ArrayList<String>();
    lines.add("# Written by the agent of Sandbar, which removes it again.");
    lines.add("[Unit]");
    lines.add("Description=Health check of the Sandbar app " + app.spec().name());
    lines.add("StartLimitIntervalSec=0");
    lines.addAll(before);
    lines.add("");
    lines.add("[" + SERVICE + "]");
    lines.addAll(service);
    boolean named = service.stream().anyMatch(line -> line.startsWith("User="));
    if (service.contains("DynamicUser=yes") && !named) {
      lines.add("User=" + UserLines.name(app.spec()));
    }
    lines.add(REMOVES_IPC + "=no");
    lines.add("Type=oneshot");
    lines.add("ExecStart=" + command.text());
    lines.add("TimeoutStartSec=" + health.timeout().toSeconds() + "s");
    lines.add("TimeoutStopSec=2s");
    lines.add("StandardOutput=null");
    // A check that succeeds leaves nothing in the journal, not even that it ran.
    lines.add("SyslogLevel=warning");
    lines.add("LogLevelMax=warning");
    return new CheckUnit(
        new UnitName(PREFIX + app.spec().name() + ".service"), String.join("\n", lines) + "\n");
  }

  /**
   * This, in the network namespace of a process of the app. Of {@code JoinsNamespaceOf=}, which
   * needs no process, systemd makes a bond in both directions: the app would join what a check has
   * when it starts again meanwhile.
   */
  public CheckUnit inNetworkOf(long pid) {
    String joined = "NetworkNamespacePath=/proc/" + pid + "/ns/net";
    return new CheckUnit(unit, text.replaceAll("(?m)^PrivateNetwork=.*$", joined));
  }

  private static boolean isKept(Directive line) {
    if (line.name().equals(REMOVES_IPC) || GONE_AT_THE_END.contains(line.name())) {
      return false;
    }
    // A directive that nobody knows yet may close something; one that runs something may not stay.
    Role role =
        DirectiveTable.find(line.name())
            .map(DirectiveInfo::role)
            .orElse(line.name().startsWith("Exec") ? Role.RUN : Role.SANDBOX);
    return role != Role.RUN || ALSO.contains(line.name());
  }
}
