package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Approvable;
import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.fleet.FleetException;
import dev.sandbar.cli.fleet.OwnersWord;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.enrol.DeviceLabels;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet approve}. */
@Command(
    name = "approve",
    description = {
      "Approve a device that is enrolling, the labels that it requests, or another"
          + " recipient of its secrets.",
      "",
      "Approves one certificate request, if it follows the operator's rules"
          + " (kubectl certificate approve checks none) and is for the key with which the"
          + " device enrolled. Where the cluster signs no certificates, approves the use"
          + " of a ServiceAccount.",
      "",
      "Anybody with a token may have created the Device. Pass with --key the key="
          + " that sandbar enrol printed on the device; without it, the command shows"
          + " user, groups and key digest, and asks for confirmation.",
      "",
      "Labels decide which apps and secrets a device gets. Those that it requested are"
          + " given to it if you confirm them, or others with --labels. A device that"
          + " reports another recipient of its secrets than before gets no new secrets"
          + " until you have approved that one.",
      "Exit code: 0 approved; 1 nothing to approve, a rule is broken, or not" + " confirmed."
    },
    footer = {
      "  sandbar fleet approve pump-1",
      "  sandbar fleet approve -l line=3 -n factory         asks for each that waits",
      "  sandbar fleet approve pump-1 -n factory --key 7c5f09ab2d41e6b0 --labels site=berlin"
    })
final class FleetApproveCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "DEVICE",
      converter = ObjectName.OfDevice.class,
      description = "Names of the Devices.")
  private List<String> devices = List.of();

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description = "All Devices with these labels for which something waits to be approved.")
  private String selector = "";

  @Option(
      names = "--key",
      paramLabel = "HEX",
      description =
          "The key= that sandbar enrol printed on the device, or at least its first 16"
              + " digits. No other key is approved.")
  private String key = "";

  @Option(
      names = "--labels",
      paramLabel = "K=V,...",
      description =
          "Labels that the device gets, whatever it requested; '' for none. It keeps those that it"
              + " has.")
  private @Nullable String labels;

  @Option(
      names = "--recipient",
      paramLabel = "AGE1...",
      description =
          "What sandbar secret recipient printed on the device. Secrets are sealed to no other.")
  private String recipient = "";

  @Option(
      names = {"-y", "--yes"},
      description =
          "Do not ask for confirmation: accept whoever created the Device, and what it requests.")
  private boolean yes;

  FleetApproveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    // Fewer could be found by trying keys.
    if (!key.isEmpty() && !key.matches("[0-9a-f]{16,64}")) {
      throw new CommandException(
          "--key " + key + " is no digest of a key", "Write 16 to 64 hexadecimal digits");
    }
    Printer printer = output.printer(terminal, common);
    if (!recipient.isEmpty()) {
      try {
        var _ = AgeRecipient.of(recipient);
      } catch (AgeException e) {
        throw new CommandException("--recipient: " + e.getMessage(), e.help());
      }
    }
    String given = labels;
    var word =
        new OwnersWord(key, given != null, given == null ? Map.of() : labels(given), recipient);
    return selector.isEmpty() ? named(printer, word) : selected(printer, word);
  }

  private int named(Printer printer, OwnersWord word) throws IOException {
    if (devices.isEmpty()) {
      throw new CommandException("no device is named", "Name it, or give labels: -l line=3");
    }
    if (devices.size() > 1) {
      refuseWhatIsOfOne(word);
    }
    int code = ExitCode.OK;
    for (String device : devices) {
      code = Math.max(code, approve(printer, word, grant(device, word)));
    }
    return code;
  }

  private int selected(Printer printer, OwnersWord word) throws IOException {
    if (!devices.isEmpty()) {
      throw new CommandException("--selector stands for names", "Leave one of them away");
    }
    refuseWhatIsOfOne(word);
    int asked = 0;
    int code = ExitCode.OK;
    List<String> names =
        fleet.use(terminal, "reading the devices", (api, _) -> api.devicesWith(selector));
    for (String device : names) {
      Approvable grant;
      try {
        grant = grant(device, word);
      } catch (FleetException e) {
        printer.note(device + ": " + e.getMessage());
        continue;
      }
      asked++;
      code = Math.max(code, approve(printer, word, grant));
    }
    if (asked == 0) {
      throw new CommandException(
          "for no device with the labels %s something waits to be approved".formatted(selector),
          "List their labels: kubectl get devices --show-labels");
    }
    return code;
  }

  private static void refuseWhatIsOfOne(OwnersWord word) {
    if (!word.key().isEmpty() || !word.recipient().isEmpty()) {
      throw new CommandException(
          "a key and a recipient are of one device", "Approve devices by them one at a time");
    }
  }

  private Approvable grant(String device, OwnersWord word) {
    return fleet.use(
        terminal, "looking for the request of " + device, (api, _) -> api.grant(device, word));
  }

  private int approve(Printer printer, OwnersWord word, Approvable grant) throws IOException {
    if (!yes && !isSaid(word, grant) && !agreed(printer, word, grant)) {
      printer.line("Nothing was changed.");
      return ExitCode.ERROR;
    }
    Done done = fleet.use(terminal, "approving " + grant.object(), (api, _) -> api.approve(grant));
    FleetCommand.print(printer, done);
    return ExitCode.OK;
  }

  /**
   * Labels of a command line.
   *
   * @throws CommandException if they are none
   */
  static Map<String, String> labels(String text) {
    return DeviceLabels.read(text)
        .orElseThrow(
            () ->
                new CommandException(
                    "--labels holds what is no label",
                    "Write for example --labels site=berlin,line=1"));
  }

  /** Whether the owner has said beforehand all that is to be confirmed. */
  private static boolean isSaid(OwnersWord word, Approvable grant) {
    return !(lacksKey(word, grant) || lacksLabels(word, grant) || lacksRecipient(word, grant));
  }

  private static boolean lacksKey(OwnersWord word, Approvable grant) {
    return grant.admission().due() && word.key().isEmpty();
  }

  /** Of a device that is let in, also those that whoever created it has given it. */
  private static boolean lacksLabels(OwnersWord word, Approvable grant) {
    var labels = grant.labels();
    boolean due = grant.admission().due();
    return word.labelled()
        ? due && !word.labels().entrySet().containsAll(labels.now().entrySet())
        : !labels.added().isEmpty() || (due && !labels.now().isEmpty());
  }

  private static boolean lacksRecipient(OwnersWord word, Approvable grant) {
    return !grant.recipient().wanted().isEmpty() && word.recipient().isEmpty();
  }

  private boolean agreed(Printer printer, OwnersWord word, Approvable grant) throws IOException {
    if (!terminal.inTty() || printer.machine()) {
      throw unattended(word, grant);
    }
    var err = terminal.err();
    var admission = grant.admission();
    if (admission.due()) {
      err.println("user    " + admission.user());
      if (!admission.groups().isEmpty()) {
        err.println("groups  " + admission.groups());
      }
      err.println("key     " + admission.key());
    }
    String all = grant.labels().all();
    String added = grant.labels().text();
    err.println(
        "labels  "
            + (all.isEmpty() ? "none" : all)
            + (added.isEmpty() ? "" : " (new: " + added + ")"));
    var secrets = grant.recipient();
    if (!secrets.wanted().isEmpty()) {
      err.println(
          "secrets "
              + secrets.wanted()
              + (secrets.before().isEmpty() ? "" : " (before: " + secrets.before() + ")"));
    }
    err.print(question(grant));
    err.flush();
    return terminal.readYes();
  }

  private static String question(Approvable grant) {
    String labels = grant.labels().added().isEmpty() ? "" : " with these labels";
    if (!grant.recipient().wanted().isEmpty()) {
      return "Does sandbar secret recipient print this on the device%s, and may it be %s%s? [y/N] "
          .formatted(
              grant.admission().due() ? ", and did sandbar enrol print this key=" : "",
              grant.object(),
              labels);
    }
    return grant.admission().due()
        ? "Did sandbar enrol print this key= on the device, and may it be %s%s? [y/N] "
            .formatted(grant.object(), labels)
        : "May %s have these labels? [y/N] ".formatted(grant.object());
  }

  private static CommandException unattended(OwnersWord word, Approvable grant) {
    if (lacksKey(word, grant)) {
      return new CommandException(
          "nobody has compared the key of %s, which would be approved %s"
              .formatted(grant.object(), grant.whom()),
          "Give the key= that sandbar enrol printed on the device: --key KEY; or say yes beforehand"
              + " to whoever enrolled: --yes");
    }
    if (lacksLabels(word, grant)) {
      return new CommandException(
          "nobody has confirmed the labels of %s: %s"
              .formatted(grant.object(), grant.labels().all()),
          "Give all that it may have: --labels %s; or accept them: --yes"
              .formatted(grant.labels().all()));
    }
    return new CommandException(
        "nobody has compared the recipient of %s, to which its secrets would be sealed: %s"
            .formatted(grant.object(), grant.recipient().wanted()),
        "Give what sandbar secret recipient prints on the device: --recipient AGE1...; or accept"
            + " it: --yes");
  }
}
