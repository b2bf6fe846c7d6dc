package dev.sandbar.vdev;

/**
 * What a finished command left behind.
 *
 * @param exitCode its exit code, 128 + N when signal N ended it
 * @param stdout its standard output as UTF-8, cut at 4 MiB
 * @param stderr its standard error as UTF-8, cut at 4 MiB
 */
public record CommandResult(int exitCode, String stdout, String stderr) {
  /** Tells whether the exit code is 0. */
  public boolean ok() {
    return exitCode == 0;
  }

  /**
   * Returns the standard output without trailing blanks.
   *
   * @throws VirtualDeviceException with all output if the exit code is not 0
   */
  public String orThrow() {
    if (!ok()) {
      throw new VirtualDeviceException(
          "the command ended with exit code %d\n%s%s".formatted(exitCode, stdout, stderr));
    }
    return stdout.stripTrailing();
  }
}
