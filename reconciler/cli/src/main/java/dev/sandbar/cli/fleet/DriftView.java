package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Page.Part;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus.Drift;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Every drift of every device. */
public final class DriftView implements FleetView {
  private static final int MOST_UNHEARD = 5;

  private final FleetSnapshot fleet;
  private final int limit;
  private final List<Row> rows;
  private final List<FleetDevice> unheard;

  private record Row(FleetDevice device, String app, Drift drift) {}

  /**
   * Shows the drifts of a snapshot with bundles.
   *
   * @param names only of these apps and devices; empty for all
   * @param limit most drifts that people are shown; 0 for all
   */
  DriftView(FleetSnapshot fleet, List<String> names, int limit) {
    this.fleet = fleet;
    this.limit = limit == 0 ? Integer.MAX_VALUE : limit;
    var found = new ArrayList<Row>();
    var silent = new ArrayList<FleetDevice>();
    for (FleetDevice device : fleet.devices()) {
      boolean whole = names.isEmpty() || names.contains(device.name());
      List<String> apps =
          fleet.appsOf(device).stream().filter(app -> whole || names.contains(app)).toList();
      for (String app : apps) {
        var reported = device.report().apps().get(app);
        if (reported != null) {
          reported.drifts().forEach(drift -> found.add(new Row(device, app, drift)));
        }
      }
      if (!fleet.fresh(device) && (whole || !apps.isEmpty())) {
        silent.add(device);
      }
    }
    found.sort(
        Comparator.comparing((Row row) -> row.device().namespace())
            .thenComparing(row -> row.device().name())
            .thenComparing(Row::app));
    rows = List.copyOf(found);
    unheard = List.copyOf(silent);
  }

  /** Whether there is drift. */
  public boolean drifted() {
    return !rows.isEmpty();
  }

  /** Whether every device that was asked for could be heard. */
  public boolean certain() {
    return unheard.isEmpty();
  }

  @Override
  public Page page() {
    var page = new Page();
    rows.stream().limit(limit).forEach(row -> show(page, row));
    if (rows.size() > limit) {
      page.line(Part.of("... and " + (rows.size() - limit) + " more: --limit 0", Style.FAINT));
    }
    if (rows.isEmpty()) {
      long heard = fleet.devices().stream().filter(fleet::fresh).count();
      page.line(
          Part.of(
              heard == 0
                  ? "no device is reachable"
                  : "no drift on " + heard + (heard == 1 ? " device" : " devices")));
    }
    return page;
  }

  private void show(Page page, Row row) {
    FleetDevice device = row.device();
    Drift drift = row.drift();
    String since = text(drift.since());
    page.hanging(
        fleet.shown(device.namespace(), device.name()) + ": " + row.app() + " drifted: ",
        Style.STRONG,
        text(drift.layer()).toLowerCase(Locale.ROOT)
            + " "
            + text(drift.subject())
            + (since.isEmpty() ? "" : " since " + since)
            + (fleet.fresh(device) ? "" : " (stale)"));
    page.hanging("  - declared  ", Style.GOOD, text(drift.declared()));
    page.hanging("  + observed  ", Style.BAD, text(drift.observed()));
  }

  @Override
  public List<String> notes() {
    var notes = new ArrayList<>(fleet.notes());
    if (!unheard.isEmpty() && !fleet.operatorSilent()) {
      notes.add("nothing is known now of " + NameList.few(names(), MOST_UNHEARD));
    }
    return notes;
  }

  private List<String> names() {
    return unheard.stream().map(d -> fleet.shown(d.namespace(), d.name())).toList();
  }

  @Override
  public Node document() {
    return Envelope.of("FleetDriftList")
        .put("items", Node.list(rows.stream().map(this::node).toList()))
        .texts("notHeardOf", unheard.stream().map(d -> d.namespace() + "/" + d.name()).toList())
        .build();
  }

  private Node node(Row row) {
    Drift drift = row.drift();
    return new MappingBuilder()
        .put("namespace", row.device().namespace())
        .put("device", row.device().name())
        .put("app", row.app())
        .put("layer", text(drift.layer()))
        .put("subject", text(drift.subject()))
        .put("declared", text(drift.declared()))
        .put("observed", text(drift.observed()))
        .put("since", text(drift.since()))
        .put("stale", !fleet.fresh(row.device()))
        .build();
  }
}
