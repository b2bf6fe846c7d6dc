package dev.sandbar.cli.fleet;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.fleet.Attestation.Answer;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** How many apps have each permission now, from what the devices attest. */
public final class PermissionTableView implements FleetView {
  private static final String RAW = OpenedWall.KEY + "=";
  private static final int MOST_NAMES = 6;

  private final FleetSnapshot fleet;
  private final Map<Permission, Map<Answer, Integer>> counts = new EnumMap<>(Permission.class);

  /** Shows a snapshot with bundles. */
  PermissionTableView(FleetSnapshot fleet) {
    this.fleet = fleet;
    var declarations = new Declarations();
    for (Permission permission : Permission.values()) {
      var row = new EnumMap<Answer, Integer>(Answer.class);
      for (Answer answer : Answer.values()) {
        row.put(answer, 0);
      }
      new Attestation(permission, declarations)
          .findings(fleet)
          .forEach(finding -> row.merge(finding.answer(), 1, Integer::sum));
      counts.put(permission, row);
    }
  }

  @Override
  public Page page() {
    var page = new Page();
    var table = new Table("PERMISSION", "CAN", "CANNOT", "DOUBTFUL", "STALE", "UNKNOWN", "REFUSED");
    counts.forEach(
        (permission, row) ->
            table.row(
                Cell.of(permission.key(), Style.STRONG),
                count(row, Answer.CAN, Style.GOOD),
                count(row, Answer.CANNOT, Style.PLAIN),
                count(row, Answer.DOUBTFUL, Style.BAD),
                count(row, Answer.STALE, Style.WARN),
                count(row, Answer.UNKNOWN, Style.WARN),
                count(row, Answer.REFUSED, Style.WARN)));
    page.table(table);
    page.gap();
    page.paragraph(
        "Counted is each app once for each device. Which ones: sandbar fleet permissions internet");
    return page;
  }

  private static Cell count(Map<Answer, Integer> row, Answer answer, Style style) {
    int count = row.getOrDefault(answer, 0);
    return Cell.of(Integer.toString(count), count == 0 ? Style.FAINT : style);
  }

  /** Apps that open walls by {@code raw}, whatever permissions they have. */
  @Override
  public List<String> notes() {
    var notes = new ArrayList<>(fleet.notes());
    SortedSet<String> raw = raw();
    if (!raw.isEmpty()) {
      notes.add("walls are opened by raw: " + NameList.few(List.copyOf(raw), MOST_NAMES));
    }
    return notes;
  }

  /** Each with the walls, once for all devices that report the same. */
  private SortedSet<String> raw() {
    var raw = new TreeSet<String>();
    for (FleetDevice device : fleet.devices()) {
      device
          .report()
          .apps()
          .forEach(
              (app, report) -> {
                String walls =
                    report.granted().stream()
                        .filter(grant -> grant.startsWith(RAW))
                        .map(grant -> grant.substring(RAW.length()))
                        .collect(Collectors.joining(", "));
                if (!walls.isEmpty()) {
                  raw.add(fleet.shown(device.namespace(), app) + " (" + walls + ")");
                }
              });
    }
    return raw;
  }

  @Override
  public Node document() {
    var permissions = new MappingBuilder();
    counts.forEach(
        (permission, row) -> {
          var answers = new MappingBuilder();
          row.forEach((answer, count) -> answers.put(answer.word(), count));
          permissions.put(permission.key(), answers.build());
        });
    return Envelope.of("FleetPermissionCounts")
        .put("operatorSilent", fleet.operatorSilent())
        .texts("raw", List.copyOf(raw()))
        .put("permissions", permissions.build())
        .build();
  }
}
