package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.core.compile.Explainer;
import dev.sandbar.core.compile.Explanation;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.crds.v1alpha1.DeviceBundleSpec;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus.Drift;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Answers, from what devices have read back from their kernels, whether an app has a permission. It
 * never takes what is declared for what is.
 */
final class Attestation {
  /** What a device reports of drift at most: of a full list, nobody knows how it would go on. */
  private static final int MOST_DRIFTS = 20;

  /** Subjects of the manager's layer that concern a unit as a whole. */
  private static final Set<String> WHOLE_UNIT =
      Set.of("LoadState", "FragmentPath", "DropInPaths", "SANDBAR_GENERATION");

  private final Permission permission;
  private final Set<String> directives;
  private final Declarations declarations;

  Attestation(Permission permission, Declarations declarations) {
    this.permission = permission;
    this.declarations = declarations;
    this.directives = directives(permission);
  }

  /** How an app on a device stands to a permission. */
  enum Answer {
    /** Enforced, and granted. */
    CAN("can"),
    /** Something that was read back differs from what was applied, where it matters. */
    DOUBTFUL("doubtful"),
    /** The device is unreachable. */
    STALE("stale"),
    /** The device has not reported the app. */
    UNKNOWN("unknown"),
    /** The operator or the device refuses the app, and the device runs no version of it. */
    REFUSED("refused"),
    /** Enforced, and withheld. */
    CANNOT("cannot");

    private final String word;

    Answer(String word) {
      this.word = word;
    }

    /** For people and JSON. */
    String word() {
      return word;
    }
  }

  /**
   * The answer for one app on one device.
   *
   * @param attested what the running unit grants of the permission: {@code key} or {@code
   *     key=detail}
   * @param declared what the bundle grants of it
   * @param why what makes it doubtful, stale, unknown or refused, or else how it differs from what
   *     is declared; may be empty
   */
  record Finding(
      FleetDevice device,
      String app,
      Answer answer,
      List<String> attested,
      List<String> declared,
      String enforcement,
      String why) {}

  /** Every app on every device that should run it, or does. */
  List<Finding> findings(FleetSnapshot fleet) {
    var findings = new ArrayList<Finding>();
    for (FleetDevice device : fleet.devices()) {
      for (String app : fleet.appsOf(device)) {
        findings.add(finding(fleet, device, app));
      }
    }
    findings.sort(
        Comparator.comparing(Finding::answer)
            .thenComparing(finding -> finding.device().namespace())
            .thenComparing(Finding::app)
            .thenComparing(finding -> finding.device().name()));
    return findings;
  }

  private Finding finding(FleetSnapshot fleet, FleetDevice device, String app) {
    Optional<DeviceBundleSpec.App> entry = device.declared(app);
    List<String> declared =
        entry.map(it -> matching(declarations.granted(app, it))).orElse(List.of());
    DeviceBundleStatus.App report = device.report().apps().get(app);
    Optional<String> refusal =
        Optional.of(device)
            .filter(fleet::fresh)
            .filter(_ -> report == null || report.generation() == 0)
            .flatMap(_ -> fleet.refusal(device, app));
    if (refusal.isPresent()) {
      return new Finding(
          device, app, Answer.REFUSED, List.of(), declared, "", refusal.orElseThrow());
    }
    if (report == null) {
      String why =
          device.reach() == FleetDevice.Reach.NEVER_HEARD
              ? "the device has never reported"
              : "the device has not reported it yet";
      return new Finding(device, app, Answer.UNKNOWN, List.of(), declared, "", why);
    }
    List<String> attested = matching(report.granted());
    String enforcement = text(report.enforcement());
    if (!fleet.fresh(device)) {
      String heard = text(device.status().lastSeen());
      String why =
          (attested.isEmpty() ? "could not" : "could")
              + " when last seen"
              + (heard.isEmpty() ? "" : ", " + Ages.since(heard, fleet.at()) + " ago");
      return new Finding(device, app, Answer.STALE, attested, declared, enforcement, why);
    }
    String doubt = doubt(report, attested);
    if (!doubt.isEmpty()) {
      return new Finding(device, app, Answer.DOUBTFUL, attested, declared, enforcement, doubt);
    }
    Answer answer = attested.isEmpty() ? Answer.CANNOT : Answer.CAN;
    return new Finding(
        device,
        app,
        answer,
        attested,
        declared,
        enforcement,
        entry
            .map(it -> difference(it, report, attested, declared))
            .orElse("no longer declared for the device"));
  }

  /** Why what the unit grants need not be what is; empty if it is. */
  private String doubt(DeviceBundleStatus.App report, List<String> attested) {
    // What is in force says more than the file that it may have come from.
    Optional<Drift> touching =
        report.drifts().stream()
            .filter(this::touches)
            .min(
                Comparator.comparing(drift -> layer(text(drift.layer())) == Difference.Layer.FILE));
    if (touching.isPresent()) {
      Drift drift = touching.get();
      return text(drift.layer()).toLowerCase(Locale.ROOT)
          + " "
          + text(drift.subject())
          + " drifted: "
          + text(drift.observed());
    }
    return switch (text(report.enforcement())) {
      case "Enforced" -> "";
      case "Degraded" -> attested.isEmpty() ? degraded(report) : "";
      case "Unsupported" ->
          attested.isEmpty() ? "the device cannot enforce the app as declared" : "";
      default -> "it does not run, or the device has not looked";
    };
  }

  /** Why a degraded unit need not withhold the permission; empty if what it lacks is another. */
  private String degraded(DeviceBundleStatus.App report) {
    if (report.drifts().size() >= MOST_DRIFTS) {
      return "enforcement is degraded, by more drift than is listed";
    }
    if (report.ignored() != null && report.ignored() > 0) {
      return "enforcement is degraded, and what the spec ignores is not listed";
    }
    if (report.drifts().isEmpty() && report.notEnforced().isEmpty()) {
      return "enforcement is degraded";
    }
    List<String> missing = report.notEnforced().stream().filter(directives::contains).toList();
    return missing.isEmpty() ? "" : "not enforced: " + String.join(", ", missing);
  }

  /** Whether a drift may change what the permission comes to. */
  private boolean touches(Drift drift) {
    String subject = text(drift.subject());
    return switch (layer(text(drift.layer()))) {
      case MANAGER -> directives.contains(subject) || WHOLE_UNIT.contains(subject);
      // A changed file is in force after the next reload or start; what a process has or lacks in
      // the kernel is not mapped to permissions.
      case FILE, PROCESS -> true;
      case IMAGE, STATE -> false;
    };
  }

  private static Difference.Layer layer(String text) {
    for (Difference.Layer layer : Difference.Layer.values()) {
      if (layer.name().equalsIgnoreCase(text)) {
        return layer;
      }
    }
    return Difference.Layer.PROCESS;
  }

  private static String difference(
      DeviceBundleSpec.App entry,
      DeviceBundleStatus.App report,
      List<String> attested,
      List<String> declared) {
    if (attested.equals(declared)) {
      return "";
    }
    String then = declared.isEmpty() ? "withheld" : String.join(", ", declared);
    return report.generation() == entry.generation()
        ? "declared: " + then
        : "declared with generation "
            + entry.generation()
            + ": "
            + then
            + "; the device runs "
            + report.generation();
  }

  /** Those of the texts that are of this permission. */
  private List<String> matching(List<String> granted) {
    return granted.stream().filter(this::isOf).toList();
  }

  private boolean isOf(String grant) {
    String key = grant.contains("=") ? grant.substring(0, grant.indexOf('=')) : grant;
    // internetTo narrows internet and stands in its place: what has it reaches a part of it.
    return key.equals(permission.key())
        || (permission == Permission.INTERNET && key.equals(Permission.INTERNET_TO.key()));
  }

  private static Set<String> directives(Permission permission) {
    var names = new TreeSet<String>();
    var explained = Explainer.explain(permission);
    Stream.concat(explained.grants().stream(), explained.guards().stream())
        .map(Explanation.Change::directive)
        .forEach(names::add);
    if (permission == Permission.INTERNET) {
      names.addAll(directives(Permission.INTERNET_TO));
    }
    return names;
  }
}
