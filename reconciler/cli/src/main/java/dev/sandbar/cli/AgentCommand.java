package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Period;
import dev.sandbar.device.agent.Agent;
import dev.sandbar.device.agent.AgentOptions;
import dev.sandbar.device.agent.MemoryRelease;
import dev.sandbar.device.identity.Identity;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.GitSettings;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar agent}. */
@Command(
    name = "agent",
    description = {
      "Reconcile this device: run what a Git repository or the fleet declares, and"
          + " report drift.",
      "",
      "Follows the repository, or the device's bundle on the API server where it is"
          + " enrolled, applies each new revision, reads back what systemd and the kernel"
          + " actually enforce, and watches for drift. Apps keep running when the agent"
          + " stops, and start after a reboot without it. Settings come from "
          + DeviceSettings.PATH
          + "; options take precedence.",
      "Exit code: 0 stopped by a signal, or decommissioned; 1 it could not start; 78 the device"
          + " belongs to a fleet and is not enrolled."
    },
    footer = {
      "  sandbar agent --git https://git.example.com/fleet.git --path berlin",
      "  sandbar agent --git file:///srv/fleet.git --interval 10s",
      "  sandbar agent --git ssh://git@git.example.com/fleet.git \\",
      "      --ssh-key /etc/sandbar/key --known-hosts /etc/sandbar/known_hosts"
    })
final class AgentCommand implements Callable<Integer> {
  private static final int LIMIT = 256 << 10;

  private static final Path STATE = Path.of("/var/lib/sandbar/git");

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = DeviceSettings.PATH,
      description = "Settings of this device: labels, volumes, repository, alerts.")
  private Path config = Path.of(DeviceSettings.PATH);

  @Option(names = "--git", paramLabel = "URL", description = "Repository: https, ssh or file.")
  private @Nullable String git;

  @Option(
      names = "--ref",
      paramLabel = "REF",
      description = "Branch, tag or commit. Default: the repository's default branch.")
  private @Nullable String ref;

  @Option(names = "--path", paramLabel = "DIR", description = "Folder of the repository to read.")
  private @Nullable String path;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      description = "How often to poll for a new revision, for example 30s or 5m.")
  private @Nullable String interval;

  @Option(names = "--token-file", paramLabel = "FILE", description = "Token for HTTPS.")
  private @Nullable String tokenFile;

  @Option(names = "--ssh-key", paramLabel = "FILE", description = "Private key for SSH.")
  private @Nullable String sshKey;

  @Option(names = "--known-hosts", paramLabel = "FILE", description = "Host keys for SSH.")
  private @Nullable String knownHosts;

  @Option(names = "--ca-file", paramLabel = "FILE", description = "CA certificates for HTTPS.")
  private @Nullable String caFile;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      converter = PortConverter.class,
      description = "Serve Prometheus metrics on this loopback port.")
  private @Nullable Integer metricsPort;

  AgentCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    Logs.ofAgent(System.getenv());
    OutOfMemory.endsTheProcess();
    DeviceSettings settings = settings();
    SettingsFile.reach(settings.network());
    if (!settings.fleet().server().isEmpty()) {
      return ofFleet(settings);
    }
    DeviceSettings.Git source = settings.git();
    if (source.url().isEmpty()) {
      throw new CommandException(
          "neither a repository nor a fleet is given",
          "Say --git URL, or git.url or fleet in " + config);
    }
    GitSettings gitSettings = repository(source);
    refuse(gitSettings.problems());
    Files.createDirectories(STATE);
    var repository = new GitRepositorySource(gitSettings, GitLimits.DEFAULT, STATE);
    try (Agent agent = Agent.create(AgentOptions.local(settings), repository)) {
      return run(agent);
    }
  }

  static GitSettings repository(DeviceSettings.Git source) {
    return new GitSettings(
        source.url(),
        source.ref(),
        source.path(),
        source.tokenFile(),
        source.username(),
        source.sshKeyFile(),
        source.knownHostsFile(),
        source.caFile());
  }

  private int ofFleet(DeviceSettings settings) throws Exception {
    if (git != null) {
      throw new CommandException(
          config + " says that this device belongs to a fleet",
          "Leave --git out, or remove fleet from " + config);
    }
    try (Identity identity = FleetMembership.identity(settings.fleet());
        AutoCloseable _ = identity.keepFresh();
        Agent agent =
            Agent.create(
                AgentOptions.local(settings), FleetMembership.link(settings.fleet(), identity))) {
      return run(agent);
    }
  }

  private static int run(Agent agent) throws IOException {
    var ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(agent, ended)));
    MemoryRelease.start();
    try {
      agent.run();
      markRecording();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
    return ExitCode.OK;
  }

  /**
   * Shows the launcher that what the JVM recorded of this life is that of an agent at work, not of
   * one that could not start.
   */
  private static void markRecording() throws IOException {
    String recording = System.getProperty("sandbar.recording", "");
    if (!recording.isEmpty()) {
      Files.write(Path.of(recording + ".good"), new byte[0]);
    }
  }

  /**
   * Waits for the round in hand, so that nothing is left half done. Not for the thread that ran it:
   * at its end it calls exit, which waits for this one.
   */
  private static void end(Agent agent, CountDownLatch ended) {
    agent.close();
    try {
      boolean _ = ended.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What holds: the settings of the file, and the options over them. */
  DeviceSettings settings() throws IOException {
    DeviceSettings settings = withOptions(fromFile());
    return metricsPort == null ? settings : settings.withMetricsPort(metricsPort);
  }

  private DeviceSettings withOptions(DeviceSettings settings) {
    DeviceSettings.Git g = settings.git();
    return settings.with(
        new DeviceSettings.Git(
            or(git, g.url()),
            or(ref, g.ref()),
            or(path, g.path()),
            interval == null ? g.interval() : period(interval),
            or(tokenFile, g.tokenFile()),
            g.username(),
            or(sshKey, g.sshKeyFile()),
            or(knownHosts, g.knownHostsFile()),
            or(caFile, g.caFile())));
  }

  private static String or(@Nullable String option, String setting) {
    return option == null ? setting : option;
  }

  private static Duration period(String text) {
    return Period.read(text)
        .filter(period -> period.compareTo(Duration.ofSeconds(1)) >= 0)
        .orElseThrow(
            () ->
                new CommandException(
                    "--interval " + text + " is not a length of time of at least 1s",
                    "Write for example 30s, 5m or 1h"));
  }

  private DeviceSettings fromFile() throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(config)) {
      bytes = in.readNBytes(LIMIT + 1);
    } catch (NoSuchFileException e) {
      if (config.toString().equals(DeviceSettings.PATH)) {
        return DeviceSettings.DEFAULT;
      }
      throw new CommandException("there is no " + config, "Write it, or leave --config out");
    }
    ReadResult result = YamlReader.read(config.toString(), bytes);
    refuse(result.diagnostics());
    if (result.documents().size() != 1) {
      throw new CommandException(
          config + " holds " + result.documents().size() + " documents",
          "Write exactly one AgentConfig in it");
    }
    return switch (DeviceSettingsReader.read(result.documents().getFirst())) {
      case DeviceSettingsReader.Outcome.Read(var settings) -> settings;
      case DeviceSettingsReader.Outcome.Refused(var problems) -> {
        refuse(problems);
        throw new AssertionError("refused without a problem");
      }
    };
  }

  private static void refuse(List<Diagnostic> problems) {
    List<Diagnostic> errors =
        problems.stream().filter(d -> d.severity() == Diagnostic.Severity.ERROR).toList();
    if (!errors.isEmpty()) {
      throw new CommandException(
          errors.stream().map(Diagnostic::toString).collect(Collectors.joining("\n")), "");
    }
  }
}
