package dev.sandbar.core.report;

/**
 * Why a condition is as it is, or what an event is about: all that this version has, so that none
 * is written that the pages do not explain. The texts are stable: people and scripts search for
 * them.
 */
public enum Reason {
  /** Everything was applied and read back. */
  RECONCILIATION_SUCCEEDED("ReconciliationSucceeded"),
  /** Applying failed; it is retried. */
  RECONCILIATION_FAILED("ReconciliationFailed"),
  /** In progress. */
  PROGRESSING("Progressing"),
  /** In progress again after a failure. */
  PROGRESSING_WITH_RETRY("ProgressingWithRetry"),
  /** The spec is invalid. */
  INVALID_SPEC("InvalidSpec"),
  /** The device lacks something that enforcing the spec needs. */
  CANNOT_ENFORCE("CannotEnforce"),
  /** The owner of the device denies what the spec requests; an app that ran is stopped. */
  POLICY_DENIED("PolicyDenied"),
  /** The image is missing, or not the declared one. */
  ARTIFACT_FAILED("ArtifactFailed"),
  /** The new version did not stay up, or was not ready in time; the previous one runs. */
  ROLLED_BACK("RolledBack"),
  /** The kernel does not hold the sandbox of the app, which was rolled back or stopped for it. */
  NOT_ENFORCED("NotEnforced"),
  /** The source no longer declares the app, but a removal guard holds the removal back. */
  PRUNE_HELD_BACK("PruneHeldBack"),
  /** So many devices would lose the app through a selector or labels that it stays on them. */
  APPS_WITHDRAWN("AppsWithdrawn"),
  /** Left as it is until it is resumed. */
  SUSPENDED("Suspended"),
  /** A new version waits for a time in which it may interrupt the app; the one before it runs. */
  WAITING_FOR_WINDOW("WaitingForWindow"),
  /** A new version waits, for the app says that it must not be interrupted now. */
  WAITING_FOR_APP("WaitingForApp"),
  /** A new version waits, for a person on the device holds the app at the one that runs. */
  HELD("Held"),
  /** The app does not run. */
  HEALTH_CHECK_FAILED("HealthCheckFailed"),
  /** Hardware is not plugged in without which the app does not run. */
  HARDWARE_MISSING("HardwareMissing"),
  /** The app has a schedule, and waits for the next of its times. */
  SCHEDULED("Scheduled"),
  /** The app runs, but a host that it names has no address yet, so nothing is open to that. */
  HOST_NOT_RESOLVED("HostNotResolved"),
  /** It works as it should. */
  SUCCEEDED("Succeeded"),
  /** The device no longer matches what was applied. */
  DRIFT_DETECTED("DriftDetected"),
  /** The device matches what was applied. */
  NO_DRIFT_DETECTED("NoDriftDetected"),
  /** Something undoes every correction. */
  FIGHT_DETECTED("FightDetected"),
  /** The process was started from an older unit. */
  RESTART_REQUIRED("RestartRequired"),
  /** The correction failed; it is retried. */
  CORRECTION_FAILED("CorrectionFailed"),
  /** No recent observation. */
  NOT_OBSERVED("NotObserved"),
  /** The device has asked to be let in, and its owner has not approved it yet. */
  AWAITING_APPROVAL("AwaitingApproval"),
  /** The device has been unreachable for too long; its last report no longer counts. */
  DEVICE_UNREACHABLE("DeviceUnreachable"),
  /** Drift was corrected; the declared state is restored. */
  DRIFT_CORRECTED("DriftCorrected"),
  /** The repository cannot be read. */
  GIT_OPERATION_FAILED("GitOperationFailed"),
  /** The credentials for the repository, or its server's identity, are not accepted. */
  AUTHENTICATION_FAILED("AuthenticationFailed"),
  /** An object of that name exists and belongs to somebody else. */
  OWNED_BY_OTHERS("OwnedByOthers"),
  /** The service that the app confines is not on the device, or closes more than the app says. */
  NOT_ADOPTED("NotAdopted"),
  /** Deleting what is no longer declared failed; it is retried. */
  PRUNE_FAILED("PruneFailed"),
  /** What the device reports cannot be used: it is invalid or too large. */
  INVALID_REPORT("InvalidReport"),
  /** The device reports another recipient of its secrets than the one that its owner approved. */
  RECIPIENT_CHANGED("RecipientChanged"),
  /** The bundle of the device has no room for the app; what already runs continues. */
  BUNDLE_FULL("BundleFull"),
  /** No device in the namespace matches the selector of the app. */
  NO_DEVICE_SELECTED("NoDeviceSelected"),
  /** The app runs, but the device cannot enforce one of its directives, or rules ignore drift. */
  DEGRADED("Degraded"),
  /** Events that waited on a device for the API server were changed or removed on its disk. */
  EVENTS_DAMAGED("EventsDamaged"),
  /** The bundle is an older one, because the API server's store was restored. */
  BUNDLE_RESTORED("BundleRestored"),
  /**
   * The device asked with a certificate request that its owner, or the policy of its token,
   * approved.
   */
  CERTIFICATE_APPROVED("CertificateApproved"),
  /** The owner of the device has entered its public key. */
  OWNER_APPROVED("OwnerApproved"),
  /** Event: the device is let in. */
  APPROVED("Approved"),
  /** Event: the device has its rights in the cluster. */
  ENROLLED("Enrolled"),
  /** Event: the device is reachable again. */
  DEVICE_REACHABLE("DeviceReachable"),
  /** Event: the device has ended its service, and its Device is deleted. */
  DECOMMISSIONED("Decommissioned"),
  /** Event: the app leaves devices, because it was deleted or no longer selects them. */
  APP_REMOVED("AppRemoved"),
  /** Event: what was suspended goes on. */
  RESUMED("Resumed"),
  /** Event: what the device reports is too large, and is not read. */
  REPORT_TOO_LARGE("ReportTooLarge"),
  /** Event: the device reports more often than a device needs to. */
  REPORTS_TOO_OFTEN("ReportsTooOften"),
  /** Event: a certificate request is too large, and is not read. */
  REQUEST_TOO_LARGE("RequestTooLarge"),
  /** Event: somebody makes more certificate requests than a device needs. */
  TOO_MANY_REQUESTS("TooManyRequests"),
  /** Event on the device: the agent did what the app requested. */
  REQUEST_DONE("RequestDone"),
  /** Event on the device: the agent did not do what the app requested. */
  REQUEST_REFUSED("RequestRefused"),
  /** Event on the device: the app is no longer on it. */
  REMOVED("Removed");

  private final String text;

  Reason(String text) {
    this.text = text;
  }

  /** As in a status. */
  public String text() {
    return text;
  }
}
