package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.device.systemd.CredentialEncryption;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sandbar secret recipient}. */
@Command(
    name = "recipient",
    description = {
      "Print what secrets for this device are sealed to.",
      "",
      "It is the public key of the device, which the device makes once: "
          + SecretKeyFile.PATH
          + ". The secret key never leaves it. A copy of a device has the same key; remove the file"
          + " on the copy to have another one made.",
      "Exit code: 0 printed; 1 error."
    },
    footer = "  sandbar secret recipient")
final class SecretRecipientCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private DeviceOptions target = new DeviceOptions();

  SecretRecipientCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    Path root = target.place().root();
    AgeRecipient recipient =
        new SecretKeyFile(root, new DurableFiles(), new CredentialEncryption(root)).recipient();
    if (printer.machine()) {
      printer.node(Envelope.of("SecretRecipient").put("recipient", recipient.text()).build());
    } else {
      printer.line(recipient.text());
    }
    return ExitCode.OK;
  }
}
