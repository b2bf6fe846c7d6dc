package dev.sandbar.core.report;

/** Why a condition is as it is. The texts are stable: people and scripts search for them. */
public enum Reason {
  /** Everything was applied and read back. */
  RECONCILIATION_SUCCEEDED("ReconciliationSucceeded"),
  /** Applying failed; it is tried again. */
  RECONCILIATION_FAILED("ReconciliationFailed"),
  /** Under way. */
  PROGRESSING("Progressing"),
  /** Under way again after a failure. */
  PROGRESSING_WITH_RETRY("ProgressingWithRetry"),
  /** The spec is wrong. */
  INVALID_SPEC("InvalidSpec"),
  /** The device lacks what the spec needs to be enforced. */
  CANNOT_ENFORCE("CannotEnforce"),
  /** The owner of the device denies what the spec asks for; an app that ran is stopped. */
  POLICY_DENIED("PolicyDenied"),
  /** The image is missing or not the declared one. */
  ARTIFACT_FAILED("ArtifactFailed"),
  /** The new version did not hold; the former one runs. */
  ROLLED_BACK("RolledBack"),
  /** The source no longer declares the app, and too much would go at once. */
  PRUNE_HELD_BACK("PruneHeldBack"),
  /** It is left as it is until it is resumed. */
  SUSPENDED("Suspended"),
  /** The app does not run. */
  HEALTH_CHECK_FAILED("HealthCheckFailed"),
  /** It does what it should. */
  SUCCEEDED("Succeeded"),
  /** The device changed by itself. */
  DRIFT_DETECTED("DriftDetected"),
  /** As applied. */
  NO_DRIFT_DETECTED("NoDriftDetected"),
  /** Somebody undoes every correction. */
  FIGHT_DETECTED("FightDetected"),
  /** The process was started from an older unit. */
  RESTART_REQUIRED("RestartRequired"),
  /** Nothing of the device can correct it. */
  CORRECTION_FAILED("CorrectionFailed"),
  /** Nobody has looked yet, or not for too long. */
  NOT_OBSERVED("NotObserved"),
  /** The device has been unreachable for too long; its last report no longer counts. */
  DEVICE_UNREACHABLE("DeviceUnreachable"),
  /** What had changed by itself is as declared again. */
  DRIFT_CORRECTED("DriftCorrected"),
  /** The repository cannot be read. */
  GIT_OPERATION_FAILED("GitOperationFailed"),
  /** The credentials for the repository, or its server's identity, are not accepted. */
  AUTHENTICATION_FAILED("AuthenticationFailed"),
  /** An object of that name exists and belongs to somebody else. */
  OWNED_BY_OTHERS("OwnedByOthers"),
  /** Deleting what is no longer declared failed; it is tried again. */
  PRUNE_FAILED("PruneFailed"),
  /** What the device reports cannot be used: it does not fit, or is too much. */
  INVALID_REPORT("InvalidReport"),
  /** The bundle of the device has no room for the app; what it runs goes on. */
  BUNDLE_FULL("BundleFull"),
  /** The labels that the app asks for are on no device of its namespace. */
  NO_DEVICE_SELECTED("NoDeviceSelected"),
  /** It runs, and the device does not hold some directive of it. */
  DEGRADED("Degraded"),
  /** The bundle is an older one again, because the API server's store was restored. */
  BUNDLE_RESTORED("BundleRestored");

  private final String text;

  Reason(String text) {
    this.text = text;
  }

  /** As in a status. */
  public String text() {
    return text;
  }
}
