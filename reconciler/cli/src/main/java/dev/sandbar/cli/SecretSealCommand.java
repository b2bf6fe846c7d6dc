package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar secret seal}. */
@Command(
    name = "seal",
    description = {
      "Encrypt a secret so that only the devices can read it.",
      "",
      SecretInput.DESCRIPTION
          + " 'age --armor -r age1...' prints the same. 'sandbar fleet seal' takes the recipients"
          + " of devices of a fleet from its API server.",
      "Exit code: 0 printed; 1 error."
    },
    footer = {
      "  sandbar secret seal --recipient age1... <password >secrets/mqtt.age",
      "  sandbar secret seal --recipient age1... --recipient age1... key.pem"
    })
final class SecretSealCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private SecretInput secret = new SecretInput();

  @Option(
      names = "--recipient",
      paramLabel = "age1...",
      required = true,
      description =
          "Who can open it, as 'sandbar secret recipient' prints it on a device. May be given"
              + " several times.")
  private List<String> recipients = List.of();

  SecretSealCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    var known = new ArrayList<AgeRecipient>();
    for (String recipient : recipients) {
      try {
        known.add(AgeRecipient.of(recipient));
      } catch (AgeException e) {
        throw SecretInput.explained(e);
      }
    }
    secret.printSealed(terminal, known);
    return ExitCode.OK;
  }
}
