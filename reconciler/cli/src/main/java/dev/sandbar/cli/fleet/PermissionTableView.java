package dev.sandbar.cli.fleet;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.fleet.Attestation.Answer;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How many apps have each permission now, from what the devices attest. */
public final class PermissionTableView implements FleetView {
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
    var table = new Table("PERMISSION", "CAN", "CANNOT", "DOUBTFUL", "STALE", "UNKNOWN");
    counts.forEach(
        (permission, row) ->
            table.row(
                Cell.of(permission.key(), Style.STRONG),
                count(row, Answer.CAN, Style.GOOD),
                count(row, Answer.CANNOT, Style.PLAIN),
                count(row, Answer.DOUBTFUL, Style.BAD),
                count(row, Answer.STALE, Style.WARN),
                count(row, Answer.UNKNOWN, Style.WARN)));
    page.table(table);
    page.gap();
    page.paragraph("Counted are apps on devices. Which ones: sandbar fleet permissions internet");
    return page;
  }

  private static Cell count(Map<Answer, Integer> row, Answer answer, Style style) {
    int count = row.getOrDefault(answer, 0);
    return Cell.of(Integer.toString(count), count == 0 ? Style.FAINT : style);
  }

  @Override
  public List<String> notes() {
    return fleet.notes();
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
        .put("permissions", permissions.build())
        .build();
  }
}
