package dev.sandbar.core.bundle;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A bundle as far as it could be read. A wrong entry costs its app alone.
 *
 * @param bundle what could be read
 * @param digest of the apps, and of how the device is decommissioned, as they are in the bundle
 * @param refused entries that could not be read, with the reasons
 * @param problems what else is wrong
 * @param complete whether an app's absence means that it was removed: only if everything could be
 *     read and the writer vouches for the whole with a digest that fits. A bundle that was edited
 *     by hand, cut short, or created empty without a digest removes nothing, and ends no service
 */
public record BundleReading(
    Bundle bundle,
    Sha256 digest,
    SortedMap<AppName, List<Diagnostic>> refused,
    List<Diagnostic> problems,
    boolean complete) {

  private static final Location AT = new Location("devicebundle", 0, 0);

  public BundleReading {
    refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
    problems = List.copyOf(problems);
  }

  /** Reads the {@code spec} of a DeviceBundle. */
  public static BundleReading read(Node spec) {
    Bundle.Spec fields = NodeBinder.readLenient(Bundle.Spec.class, spec);
    Node apps = fields.apps();
    var entries = new TreeMap<AppName, BundleEntry>();
    var refused = new TreeMap<AppName, List<Diagnostic>>();
    var problems = new ArrayList<Diagnostic>();
    List<Node.Entry> all = apps instanceof Node.Mapping mapping ? mapping.entries() : List.of();
    if (all.size() > Bundle.MAX_APPS) {
      problems.add(
          Diagnostic.error(
              Problem.TOO_LARGE,
              AT,
              "the bundle has %d apps, at most %d are read".formatted(all.size(), Bundle.MAX_APPS),
              "select fewer apps for this device; nothing changes until then"));
      all = List.of();
    }
    for (Node.Entry entry : all) {
      if (!AppName.isValid(entry.key())) {
        problems.add(
            Diagnostic.error(
                Problem.INVALID_VALUE,
                AT,
                "'" + SafeText.cut(entry.key(), 60) + "' cannot be the name of an app",
                "use at most %d of a-z, 0-9 and inner '-'".formatted(AppName.MAX_LENGTH)));
        continue;
      }
      var name = new AppName(entry.key());
      BundleEntry read = BundleEntry.read(name, entry.value());
      if (!read.spec().fields().isEmpty()) {
        entries.put(name, read.revision().isEmpty() ? read.revised() : read);
      } else {
        refused.put(
            name,
            List.of(
                Diagnostic.error(
                    Problem.MISSING_FIELD,
                    new Location("devicebundle/" + name, 0, 0),
                    "the entry has no spec",
                    "the operator writes entries; do not edit them by hand")));
      }
    }
    Node end = fields.decommission();
    Decommission decommission = Bundle.decommission(end);
    Sha256 digest =
        end == null || decommission == Decommission.NONE
            ? Bundle.digest(apps)
            : Bundle.digest(apps, end);
    boolean vouched = fields.digest().equals(digest.hex());
    if (!vouched && problems.isEmpty()) {
      problems.add(
          Diagnostic.warning(
              Problem.SOURCE,
              AT,
              "the bundle does not match its digest, so no app is removed",
              "let the operator write the bundle"));
    }
    boolean complete = vouched && problems.isEmpty();
    return new BundleReading(
        new Bundle(entries, vouched ? decommission : Decommission.NONE),
        digest,
        refused,
        problems,
        complete);
  }
}
