package dev.sandbar.core.report;

import dev.sandbar.core.compile.SecretStorePath;
import java.util.Map;
import java.util.Optional;

/**
 * Exit codes by which systemd says that it could not set the sandbox up (systemd.exec(5), "Process
 * Exit Codes"), in the words of who declared it.
 */
public final class SetupExit {
  private static final Map<Integer, String> MEANINGS =
      Map.ofEntries(
          Map.entry(200, "the working directory does not exist: check run.workingDirectory"),
          Map.entry(
              203,
              "the program cannot be executed: check run.command[0] and that the image holds it"),
          Map.entry(208, "standard input could not be set up"),
          Map.entry(214, "the scheduling policy could not be set"),
          Map.entry(
              216, "a group no longer exists on this device: check devices, serial and storage"),
          Map.entry(217, "the user could not be made"),
          Map.entry(218, "capabilities could not be set"),
          Map.entry(225, "the network namespace does not exist: make it with 'ip netns add NAME'"),
          Map.entry(
              226,
              "the file system of the sandbox could not be set up: the image must hold the"
                  + " directories /proc, /sys, /dev, /run, /tmp, /var/tmp, every mountPath and the path of every"
                  + " file that is not below /run, and"
                  + " every device node must exist"),
          Map.entry(228, "the system call filter could not be loaded"),
          Map.entry(238, "the state directory could not be made"),
          Map.entry(241, "the directory below /run could not be made"),
          Map.entry(
              243,
              "a secret could not be decrypted, for the key of the host or the TPM2 is another one: remove "
                  + SecretStorePath.FOLDER
                  + " and "
                  + SecretStorePath.KEY
                  + ", and seal the secrets to the new key of the device"));

  private SetupExit() {}

  /** What such a code means; empty if systemd has none of this number that a spec can cause. */
  public static Optional<String> meaning(int status) {
    return Optional.ofNullable(MEANINGS.get(status));
  }
}
