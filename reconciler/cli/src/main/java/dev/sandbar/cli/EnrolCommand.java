package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.device.identity.EnrolOutcome;
import dev.sandbar.device.identity.EnrolRequest;
import dev.sandbar.device.identity.Enrolment;
import dev.sandbar.device.identity.IdentityKind;
import dev.sandbar.device.identity.Member;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.ApiServerAddress;
import dev.sandbar.device.kube.CaPin;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.systemd.SystemdTpmKeys;
import dev.sandbar.source.secret.SecretFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar enrol}. */
@Command(
    name = "enrol",
    description = {
      "Enrol this device in a fleet.",
      "",
      "Creates a key that never leaves the device, creates a Device in the cluster"
          + " with the public key, and requests a certificate from the cluster. An owner"
          + " approves the device, unless the token auto-approves. After an interruption,"
          + " run the same command again to continue. For a complete command, run:"
          + " sandbar fleet token create",
      "Exit code: 0 enrolled; 1 not enrolled, or not yet."
    },
    footer = {
      "  sandbar enrol --server https://fleet.example.com:6443 \\",
      "      --token abcdef.0123456789abcdef --ca-sha256 7c5f...",
      "  sandbar enrol --server https://10.0.0.5:6443 --token-file - -n line-1 \\",
      "      --name pump-7 --ca-file ca.pem --labels site=berlin,line=1"
    })
final class EnrolCommand implements Callable<Integer> {
  private static final int LONGEST_CA = 1 << 20;

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--server",
      required = true,
      paramLabel = "URL",
      description = "The API server, https.")
  private String server = "";

  @Option(names = "--token", paramLabel = "TOKEN", description = "Bootstrap token, ID.SECRET.")
  private @Nullable String token;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the token, readable only by its owner, or - for standard input.")
  private @Nullable String tokenFile;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      defaultValue = "default",
      description = "Namespace of the fleet (default: default).")
  private String namespace = "default";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of this device. Default: its host name.")
  private @Nullable String name;

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description = "PEM file with the CA certificate of the server.")
  private @Nullable String caFile;

  @Option(
      names = "--ca-sha256",
      paramLabel = "HEX",
      description = "SHA-256 of the public key of that CA, as printed by kubeadm.")
  private @Nullable String caPin;

  @Option(
      names = "--labels",
      paramLabel = "K=V",
      split = ",",
      description =
          "Labels that the Device should have; apps select devices by labels. An owner"
              + " confirms them with sandbar fleet approve, unless the token was created for"
              + " exactly these.")
  private SortedMap<String, String> labels = new TreeMap<>();

  @Option(
      names = "--service-account",
      description = "For clusters that sign no client certificates, such as EKS.")
  private boolean account;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10m",
      description = "How long to wait for approval: 30s, 10m, 2h (default: 10m).")
  private String timeout = "10m";

  @Option(
      names = "--replace",
      description =
          "Give up the membership on another server or by another name, once this one is"
              + " approved. Apps keep running.")
  private boolean replace;

  @Option(names = "--root", hidden = true, defaultValue = "/")
  private Path root = Path.of("/");

  EnrolCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    SettingsFile.reach(SettingsFile.read(root).network());
    ApiServerAddress address =
        ApiServerAddress.of(server)
            .orElseThrow(
                () ->
                    new CommandException(
                        "--server " + server + " is not an https URL of a server",
                        "Write for example https://fleet.example.com:6443"));
    Member member = member();
    String secret = secret();
    IdentityKind kind = account ? IdentityKind.SERVICE_ACCOUNT : IdentityKind.CLIENT_CERTIFICATE;
    if (!account && !secret.matches("[a-z0-9]{6}\\.[a-z0-9]{16}")) {
      throw new CommandException(
          "the token is not a bootstrap token",
          "It has six characters, a dot and sixteen more; make one with: sandbar fleet token"
              + " create");
    }
    if (DeviceLabels.read(DeviceLabels.text(labels)).isEmpty()) {
      throw new CommandException(
          "--labels holds what is no label", "Write for example --labels site=berlin,line=1");
    }
    var request =
        new EnrolRequest(
            address,
            authorities(address),
            member,
            kind,
            labels,
            EnrolRequest.USUAL_LIFE,
            FleetWaitOptions.span("--timeout", timeout),
            replace);
    Path device = root.toAbsolutePath();
    var enrolment =
        new Enrolment(device, new SystemdTpmKeys(device), InstantSource.system(), this::say);
    return switch (enrolment.enrol(request, secret)) {
      case EnrolOutcome.Enrolled(Instant expires) -> {
        say(
            "enrolled as "
                + member
                + "; the credential is renewed before it expires at "
                + expires);
        yield finish(device, address, member);
      }
      case EnrolOutcome.AlreadyEnrolled(Instant expires) -> {
        say("already enrolled as " + member + ", until " + expires + "; the server accepts it");
        yield finish(device, address, member);
      }
      case EnrolOutcome.StillWaiting(String consent) ->
          throw new CommandException(
              "not approved within " + timeout,
              "An owner runs: " + consent + "; then run the same command again to continue");
      case EnrolOutcome.Refused(String message, String help) ->
          throw new CommandException(message, help);
    };
  }

  private void say(String line) {
    terminal.err().println(line);
    terminal.err().flush();
  }

  private Member member() {
    String wanted = name;
    if (wanted == null) {
      String host;
      try {
        host = InetAddress.getLocalHost().getHostName();
      } catch (UnknownHostException e) {
        host = "";
      }
      wanted =
          Member.nameOf(host)
              .orElseThrow(
                  () -> new CommandException("the host has no name to go by", "Say --name NAME"));
    }
    for (String text : new String[] {namespace, wanted}) {
      if (!Member.isName(text)) {
        throw new CommandException(
            text + " is not a name",
            "Use at most 63 small letters, digits and dashes, with no dash at the ends");
      }
    }
    return new Member(namespace, wanted);
  }

  private String secret() throws IOException {
    String file = tokenFile;
    String given = token;
    if ((file == null) == (given == null)) {
      throw new CommandException(
          "exactly one of --token and --token-file is needed",
          "Make a token with: sandbar fleet token create");
    }
    if (given != null) {
      return given.strip();
    }
    if ("-".equals(file)) {
      String line =
          new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.US_ASCII))
              .readLine();
      return line == null ? "" : line.strip();
    }
    return switch (new SecretFile(Path.of(String.valueOf(file)), 1 << 14).read()) {
      case SecretFile.Reading.Secret(byte[] bytes) ->
          new String(bytes, StandardCharsets.US_ASCII).strip();
      case SecretFile.Reading.Unusable(String reason) -> throw new CommandException(reason, "");
    };
  }

  private String authorities(ApiServerAddress address) throws IOException {
    String file = caFile;
    String pinned = caPin;
    if (file != null && pinned != null) {
      throw new CommandException("--ca-file and --ca-sha256 exclude each other", "Give one");
    }
    if (file != null) {
      try (InputStream in = Files.newInputStream(Path.of(file))) {
        return new String(in.readNBytes(LONGEST_CA), StandardCharsets.US_ASCII);
      }
    }
    if (pinned == null) {
      return "";
    }
    CaPin pin =
        CaPin.of(pinned)
            .orElseThrow(
                () ->
                    new CommandException(
                        "--ca-sha256 is not a SHA-256", "Write its 64 hexadecimal digits"));
    return switch (pin.find(address, ApiLimits.DEFAULT)) {
      case CaPin.Finding.Found(String pem) -> pem;
      case CaPin.Finding.Differs(String message) ->
          throw new CommandException(
              message, "Check the address and the pin; the connection may be intercepted");
      case CaPin.Finding.NotShown(String message) ->
          throw new CommandException(
              message,
              "Copy the authority to the device and give it with --ca-file: kubectl get configmap"
                  + " kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' > ca.pem");
      case CaPin.Finding.Failed(var failure) ->
          throw new CommandException(failure.message(), "Check --server and the network");
    };
  }

  /** Writes for the agent where the device belongs, without changing what a person has written. */
  private int finish(Path device, ApiServerAddress address, Member member) throws IOException {
    String section =
        """
        fleet:
          server: %s
          namespace: %s
          device: %s
        """
            .formatted(address, member.namespace(), member.name());
    Path file = device.resolve(DeviceSettings.PATH.substring(1));
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      String text = Files.readString(file);
      if (text.contains(section.strip())) {
        return ExitCode.OK;
      }
      say(
          DeviceSettings.PATH
              + " is left as it is. Put this into it, instead of 'git' or another 'fleet':");
    } else {
      var files = new DurableFiles();
      Path directory = file.getParent();
      if (directory != null) {
        files.makeDirectories(directory, "rwxr-xr-x");
      }
      files.write(
          file,
          ("apiVersion: sandbar.dev/v1alpha1\nkind: AgentConfig\n" + section)
              .getBytes(StandardCharsets.UTF_8),
          "rw-r--r--");
      say("wrote " + DeviceSettings.PATH + "; start the agent: systemctl enable --now sandbard");
      return ExitCode.OK;
    }
    terminal.out().print(section);
    terminal.out().flush();
    return ExitCode.OK;
  }
}
