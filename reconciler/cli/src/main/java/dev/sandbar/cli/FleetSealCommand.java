package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar fleet seal}. */
@Command(
    name = "seal",
    description = {
      "Encrypt a secret so that only these devices can read it.",
      "",
      SecretInput.DESCRIPTION
          + " Nothing of it is sent. The recipients are those that the devices report in their"
          + " status: whoever may write that decides who can read the secret. Where that is too"
          + " many, take them on the devices: sandbar secret seal --recipient age1...",
      "Exit code: 0 printed; 1 error, or a device that reports no recipient."
    },
    footer = {
      "  sandbar fleet seal --device pump-1 <password >secrets/mqtt.age",
      "  sandbar fleet seal --device pump-1 --device pump-2 -n factory key.pem",
      "  sandbar fleet seal -l line=3 <password   every device with this label"
    })
final class FleetSealCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private SecretInput secret = new SecretInput();

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "A Device that can open it. May be given several times.")
  private List<String> devices = List.of();

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "LABELS",
      description =
          "The devices that have these labels now, for example line=3,role!=spare. Seal it again"
              + " for those that get them later.")
  private String selector = "";

  FleetSealCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (devices.isEmpty() == selector.isEmpty()) {
      throw new CommandException(
          devices.isEmpty()
              ? "nobody could open it: no device is given"
              : "--device and --selector exclude each other",
          "Give --device NAME, once for each device, or --selector LABELS");
    }
    List<AgeRecipient> recipients =
        fleet.use(
            terminal,
            "reading what the devices report",
            (api, _) ->
                selector.isEmpty()
                    ? api.recipientsOf(devices)
                    : api.recipientsOfSelected(selector));
    secret.printSealed(terminal, recipients);
    return ExitCode.OK;
  }
}
