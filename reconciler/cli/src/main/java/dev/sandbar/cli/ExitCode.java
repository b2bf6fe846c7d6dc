package dev.sandbar.cli;

/** What the process returns. */
public final class ExitCode {
  /** Done; for plan: the device is as declared. */
  public static final int OK = 0;

  /** Something is wrong: the input, the usage, the device. */
  public static final int ERROR = 1;

  /**
   * For plan and drift, of a device or a fleet: there are changes. {@code fleet status} returns it
   * on request only, as {@code argocd app diff --exit-code} does: like {@code kubectl get} it says
   * what is, and that succeeded. For learn: what was learned failed its trial.
   */
  static final int CHANGES = 2;

  /**
   * For agent: it is not set up, and starting it again changes nothing (EX_CONFIG of sysexits(3),
   * which packaging/sandbard.service names too).
   */
  static final int NOT_SET_UP = 78;

  private ExitCode() {}
}
