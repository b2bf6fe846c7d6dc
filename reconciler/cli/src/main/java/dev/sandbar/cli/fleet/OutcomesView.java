package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Page.Part;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.DeviceBundleSpec;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import dev.sandbar.crds.v1alpha1.DeviceStatus.CannotEnforce;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What each device makes of one app. */
public final class OutcomesView implements FleetView {
  private final FleetSnapshot fleet;
  private final int limit;
  private final List<Outcome> outcomes;

  private record Outcome(
      FleetDevice device, String enforcement, String generation, String text, boolean good) {}

  /**
   * Shows a snapshot with bundles.
   *
   * @param limit most rows; 0 for all
   */
  OutcomesView(FleetSnapshot fleet, String app, int limit) {
    this.fleet = fleet;
    this.limit = limit == 0 ? Integer.MAX_VALUE : limit;
    var found = new ArrayList<Outcome>();
    for (FleetDevice device : fleet.devices()) {
      outcome(device, app).ifPresent(found::add);
    }
    found.sort(
        Comparator.comparing(Outcome::good)
            .thenComparing(outcome -> outcome.device().namespace())
            .thenComparing(outcome -> outcome.device().name()));
    outcomes = List.copyOf(found);
  }

  private Optional<Outcome> outcome(FleetDevice device, String app) {
    Optional<DeviceBundleSpec.App> entry = device.declared(app);
    Optional<DeviceBundleStatus.App> reported = device.reported(app);
    Optional<CannotEnforce> refused =
        device.status().cannotEnforce().stream().filter(c -> app.equals(c.app())).findFirst();
    String generation = reported.map(it -> Long.toString(it.generation())).orElse("-");
    String enforcement =
        reported.map(it -> fleet.fresh(device) ? text(it.enforcement()) : "Unknown").orElse("-");
    if (refused.isPresent()) {
      String help = text(refused.get().help());
      return Optional.of(
          new Outcome(
              device,
              enforcement,
              generation,
              "cannot enforce it: "
                  + text(refused.get().message())
                  + (help.isEmpty() ? "" : " (" + help + ")"),
              false));
    }
    if (reported.isEmpty()) {
      return entry.map(
          _ -> new Outcome(device, enforcement, generation, "not reported yet", false));
    }
    if (!fleet.fresh(device)) {
      return Optional.of(
          new Outcome(device, enforcement, generation, "the device is unreachable", false));
    }
    DeviceBundleStatus.App report = reported.get();
    String text =
        entry
            .map(
                it ->
                    report.generation() == it.generation()
                        ? Standing.sentence(report)
                        : "generation " + it.generation() + " is not yet taken over")
            .orElse("no longer declared for the device");
    boolean good =
        entry.filter(it -> report.generation() == it.generation()).isPresent()
            && report.drifts().isEmpty()
            && !enforcement.equals("Degraded")
            && Standing.isTrue(report.conditions(), "Ready");
    return Optional.of(new Outcome(device, enforcement, generation, text, good));
  }

  @Override
  public List<String> notes() {
    return fleet.notes();
  }

  @Override
  public Page page() {
    var page = new Page();
    if (outcomes.isEmpty()) {
      page.line(Part.of("No device runs it, and none is to.", Style.WARN));
      return page;
    }
    var table = new Table("DEVICE", "ENFORCEMENT", "GENERATION", "THERE");
    outcomes.stream()
        .limit(limit)
        .forEach(
            outcome ->
                table.row(
                    Cell.of(
                        fleet.shown(outcome.device().namespace(), outcome.device().name()),
                        Style.STRONG),
                    Cell.of(outcome.enforcement(), style(outcome.enforcement())),
                    Cell.of(outcome.generation()),
                    Cell.of(outcome.text(), outcome.good() ? Style.PLAIN : Style.WARN)));
    page.table(table);
    if (outcomes.size() > limit) {
      page.line(
          Part.of(
              "... and " + (outcomes.size() - limit) + " more devices: --limit 0", Style.FAINT));
    }
    return page;
  }

  private static Style style(String enforcement) {
    return switch (enforcement) {
      case "Enforced" -> Style.GOOD;
      case "Degraded", "Unsupported" -> Style.BAD;
      default -> Style.WARN;
    };
  }

  @Override
  public Node document() {
    return Envelope.of("FleetOutcomes")
        .put("items", Node.list(outcomes.stream().map(OutcomesView::node).toList()))
        .build();
  }

  private static Node node(Outcome outcome) {
    return new MappingBuilder()
        .put("namespace", outcome.device().namespace())
        .put("device", outcome.device().name())
        .put("enforcement", outcome.enforcement())
        .put("generation", outcome.generation())
        .put("good", outcome.good())
        .put("message", outcome.text())
        .build();
  }
}
