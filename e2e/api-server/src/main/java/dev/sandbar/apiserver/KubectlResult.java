package dev.sandbar.apiserver;

/**
 * What a finished command left behind.
 *
 * @param exitCode its exit code
 * @param stdout its standard output as UTF-8
 * @param stderr its standard error as UTF-8
 */
public record KubectlResult(int exitCode, String stdout, String stderr) {
  /** Tells whether the exit code is 0. */
  public boolean ok() {
    return exitCode == 0;
  }

  /**
   * Returns the standard output without trailing blanks.
   *
   * @throws ApiServerException with all output if the exit code is not 0
   */
  public String orThrow() {
    if (!ok()) {
      throw new ApiServerException(
          "the command ended with exit code %d\n%s%s".formatted(exitCode, stdout, stderr));
    }
    return stdout.stripTrailing();
  }
}
