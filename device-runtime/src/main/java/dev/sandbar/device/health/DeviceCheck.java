package dev.sandbar.device.health;

import dev.sandbar.core.compile.CheckUnit;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.report.CheckResult;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Checks of apps on a device. */
public final class DeviceCheck implements AppCheck {

  private static final String DOWN = "it does not run";

  private final Path root;
  private final Systemd systemd;
  private final DeviceFacts facts;
  private final HttpCheck http;
  private final CommandCheck command;

  /**
   * @param root of the device's file system
   * @param facts of the device
   */
  public DeviceCheck(Path root, Systemd systemd, DeviceFacts facts) {
    this.root = root;
    this.systemd = systemd;
    this.facts = facts;
    this.http = new HttpCheck();
    this.command = new CommandCheck(root, systemd);
  }

  @Override
  public CheckResult ask(CompiledApp app) throws InterruptedException {
    HealthSpec health = app.spec().health();
    try {
      return switch (health.ready()) {
        case HealthSpec.Readiness.Started _ -> new CheckResult.Passed();
        case HealthSpec.Readiness.Tcp(int port) -> listens(app, port);
        case HealthSpec.Readiness.Http asked -> answers(app, asked);
        case HealthSpec.Readiness.Exec _ ->
            runs(app, CheckUnit.of(app).orElseThrow(), health.timeout());
      };
    } catch (SystemdException e) {
      return new CheckResult.Unasked("systemd does not answer: " + e.getMessage());
    } catch (IOException e) {
      return new CheckResult.Unasked("the device cannot be read: " + e.getMessage());
    }
  }

  /**
   * Another program that listens there is not asked: it would be by root, at a path of the spec.
   */
  private CheckResult answers(CompiledApp app, HealthSpec.Readiness.Http asked) throws IOException {
    CheckResult listens = listens(app, asked.port());
    return listens instanceof CheckResult.Passed
        ? http.ask(
            asked,
            Compiler.checkedFrom(app.spec(), facts),
            app.address(),
            app.spec().health().timeout())
        : listens;
  }

  /** Without a network of its own an app has none, or that of the device. */
  private CheckResult runs(CompiledApp app, CheckUnit check, Duration timeout) throws IOException {
    if (app.link().isEmpty()) {
      return command.run(check, timeout);
    }
    return systemd.properties(app.unit()).get("MainPID") instanceof Raw.Int(long pid) && pid > 0
        ? command.run(check.inNetworkOf(pid), timeout)
        : new CheckResult.Failed(DOWN);
  }

  @Override
  public void end(CompiledApp app) {
    CheckUnit.of(app).ifPresent(command::end);
  }

  /**
   * By the kernel's tables: nothing is sent, so that no filter of the app has to let it through and
   * no connection that means nothing reaches it.
   */
  private CheckResult listens(CompiledApp app, int port) throws IOException {
    if (!(systemd.properties(app.unit()).get("ControlGroup") instanceof Raw.Str(String group))
        || group.isEmpty()) {
      return new CheckResult.Failed(DOWN);
    }
    Duration most = app.spec().health().timeout();
    ServiceWatch.Glance seen = ServiceWatch.glance(root, group, most);
    if (seen.uses().stream().anyMatch(use -> isAt(use, port))) {
      return new CheckResult.Passed();
    }
    return seen.whole()
        ? new CheckResult.Failed(
            "no process of it listens on TCP port %d at any address".formatted(port))
        : new CheckResult.Failed(
            "it has too many processes and open files to find out in %d s whether it listens on TCP port %d"
                .formatted(most.toSeconds(), port));
  }

  private static boolean isAt(Use use, int port) {
    return use instanceof Use.Bound(Protocol protocol, var at)
        && protocol == Protocol.TCP
        && at.port() == port;
  }
}
