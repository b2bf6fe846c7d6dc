package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Page.Part;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus.Directives;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** How many directives of each app on each device are shown to hold. */
public final class AttestView implements FleetView {
  private final FleetSnapshot fleet;
  private final int limit;
  private final List<Row> rows;

  /**
   * One app on one device.
   *
   * @param result what the device says of the whole app; unknown if it is not heard, or says
   *     nothing
   * @param said its counts; none if the device says nothing of them
   */
  private record Row(FleetDevice device, String app, Enforcement result, List<Directives> said) {

    Optional<Directives> counts() {
      return said.stream().findFirst();
    }

    boolean isAmiss() {
      return result == Enforcement.DEGRADED
          || result == Enforcement.UNSUPPORTED
          || counts().filter(it -> it.degraded() > 0 || it.unsupported() > 0).isPresent();
    }
  }

  /**
   * Shows the reports of a snapshot with bundles.
   *
   * @param names only of these apps and devices; empty for all
   * @param limit most rows that people are shown; 0 for all
   */
  AttestView(FleetSnapshot fleet, List<String> names, int limit) {
    this.fleet = fleet;
    this.limit = limit == 0 ? Integer.MAX_VALUE : limit;
    var found = new ArrayList<Row>();
    for (FleetDevice device : fleet.devices()) {
      boolean whole = names.isEmpty() || names.contains(device.name());
      for (String app : fleet.appsOf(device)) {
        if (whole || names.contains(app)) {
          found.add(row(device, app));
        }
      }
    }
    found.sort(
        Comparator.comparing((Row row) -> !row.isAmiss())
            .thenComparing(row -> row.result() == Enforcement.ENFORCED)
            .thenComparing(row -> row.device().namespace())
            .thenComparing(row -> row.device().name())
            .thenComparing(Row::app));
    rows = List.copyOf(found);
  }

  private Row row(FleetDevice device, String app) {
    var reported = device.reported(app);
    String said = reported.map(it -> text(it.enforcement())).orElse("");
    Enforcement result = Enforcement.UNKNOWN;
    for (Enforcement one : Enforcement.values()) {
      if (fleet.fresh(device) && one.text().equals(said)) {
        result = one;
      }
    }
    return new Row(
        device,
        app,
        result,
        reported.flatMap(it -> Optional.ofNullable(it.directives())).stream().toList());
  }

  /** Whether something is not enforced as declared. */
  public boolean amiss() {
    return rows.stream().anyMatch(Row::isAmiss);
  }

  /** Whether there is an answer for every app on every device that was asked for. */
  public boolean certain() {
    return rows.stream().noneMatch(row -> row.result() == Enforcement.UNKNOWN);
  }

  @Override
  public Page page() {
    var page = new Page();
    if (rows.isEmpty()) {
      page.line(Part.of("no app is assigned to a device"));
      return page;
    }
    var table =
        new Table("DEVICE", "APP", "RESULT", "ENFORCED", "DEGRADED", "UNSUPPORTED", "UNKNOWN");
    rows.stream().limit(limit).forEach(row -> table.row(cells(row)));
    page.table(table);
    if (rows.size() > limit) {
      page.line(Part.of("... and " + (rows.size() - limit) + " more: --limit 0", Style.FAINT));
    }
    page.gap();
    page.paragraph(
        "Counted are directives of the running unit. Which ones: sandbar attest APP on the"
            + " device; what differs: sandbar fleet drift");
    return page;
  }

  private Cell[] cells(Row row) {
    boolean fresh = fleet.fresh(row.device());
    return new Cell[] {
      Cell.of(fleet.shown(row.device().namespace(), row.device().name()), Style.STRONG),
      Cell.of(row.app()),
      Cell.of(
          row.result().text() + (fresh ? "" : " (stale)"),
          switch (row.result()) {
            case ENFORCED -> Style.GOOD;
            case DEGRADED, UNSUPPORTED -> Style.BAD;
            case UNKNOWN -> Style.WARN;
          }),
      count(row.counts().map(Directives::enforced), Style.PLAIN),
      count(row.counts().map(Directives::degraded), Style.BAD),
      count(row.counts().map(Directives::unsupported), Style.WARN),
      count(row.counts().map(Directives::unknown), Style.WARN)
    };
  }

  private static Cell count(Optional<Long> count, Style style) {
    return count
        .map(it -> Cell.of(Long.toString(it), it == 0 ? Style.FAINT : style))
        .orElseGet(() -> Cell.of("-", Style.FAINT));
  }

  @Override
  public List<String> notes() {
    return fleet.notes();
  }

  @Override
  public Node document() {
    return Envelope.of("FleetAttestationList")
        .put("items", Node.list(rows.stream().map(this::node).toList()))
        .build();
  }

  private Node node(Row row) {
    var item =
        new MappingBuilder()
            .put("namespace", row.device().namespace())
            .put("device", row.device().name())
            .put("app", row.app())
            .put("result", row.result().text())
            .put("stale", !fleet.fresh(row.device()));
    row.counts()
        .ifPresent(
            counts ->
                item.put(
                    "directives",
                    new MappingBuilder()
                        .put("enforced", counts.enforced())
                        .put("degraded", counts.degraded())
                        .put("unsupported", counts.unsupported())
                        .put("unknown", counts.unknown())
                        .build()));
    return item.build();
  }
}
