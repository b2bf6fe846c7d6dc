package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * The apps of one device, as it reports them.
 *
 * @param fresh whether that can be taken for what is now
 */
record DeviceApps(FleetDevice device, boolean fresh) {

  private static final String NONE = "-";

  /** One app: {@code declared} and {@code runs} are generations, {@code -} where there is none. */
  private record Row(
      String app,
      String ready,
      String enforcement,
      String exposure,
      String declared,
      String runs,
      String message) {}

  private List<Row> rows() {
    var rows = new ArrayList<Row>();
    for (String app : device.apps()) {
      String declared = device.declared(app).map(it -> Long.toString(it.generation())).orElse(NONE);
      rows.add(
          device
              .reported(app)
              .map(report -> row(app, declared, report))
              .orElseGet(
                  () ->
                      new Row(app, "Unknown", "Unknown", "", declared, NONE, "not reported yet")));
    }
    return rows;
  }

  private Row row(String app, String declared, DeviceBundleStatus.App report) {
    return new Row(
        app,
        fresh ? Standing.status(report.conditions(), "Ready") : "Unknown",
        fresh ? text(report.enforcement()) : "Unknown",
        text(report.exposure()),
        declared,
        Long.toString(report.generation()),
        declared.equals(NONE) ? "no longer declared for the device" : Standing.sentence(report));
  }

  /** For people. */
  Table table() {
    var table =
        new Table("ON " + device.name(), "READY", "ENFORCEMENT", "DECLARED", "RUNS", "MESSAGE");
    for (Row row : rows()) {
      table.row(
          Cell.of(row.app(), Style.STRONG),
          Cell.of(row.ready(), Standing.whereTrueIsGood(row.ready())),
          Cell.of(row.enforcement()),
          Cell.of(row.declared()),
          Cell.of(row.runs()),
          Cell.of(row.message()));
    }
    return table;
  }

  /** For machines. */
  Node document() {
    return Node.list(
        rows().stream()
            .map(
                row ->
                    new MappingBuilder()
                        .put("name", row.app())
                        .put("ready", row.ready())
                        .put("enforcement", row.enforcement())
                        .put("exposure", row.exposure())
                        .put("declaredGeneration", row.declared())
                        .put("generation", row.runs())
                        .put("message", row.message())
                        .build())
            .toList());
  }
}
