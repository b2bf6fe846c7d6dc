package dev.sandbar.cli.fleet;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.fleet.Attestation.Answer;
import dev.sandbar.cli.fleet.Attestation.Finding;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Which apps on which devices have one permission now, from what the devices attest. */
public final class PermissionsView implements FleetView {
  private static final int MOST_NAMES = 6;

  private final FleetSnapshot fleet;
  private final Permission permission;
  private final Show show;
  private final boolean each;
  private final int limit;
  private final List<Finding> all;
  private final List<Finding> shown;

  /** Which answers are shown. */
  public enum Show {
    /** All but plain no's. */
    NOTABLE,
    /** Attested, fresh and granted. */
    GRANTED,
    /** Attested, fresh and withheld. */
    WITHHELD;

    private boolean shows(Answer answer) {
      return switch (this) {
        case NOTABLE -> answer != Answer.CANNOT;
        case GRANTED -> answer == Answer.CAN;
        case WITHHELD -> answer == Answer.CANNOT;
      };
    }
  }

  /**
   * Shows a snapshot with bundles.
   *
   * @param each one row for each app on each device; otherwise rows that say the same are one
   * @param limit most rows that people are shown; 0 for all
   */
  PermissionsView(FleetSnapshot fleet, Permission permission, Show show, boolean each, int limit) {
    this.fleet = fleet;
    this.permission = permission;
    this.show = show;
    this.each = each;
    this.limit = limit == 0 ? Integer.MAX_VALUE : limit;
    all = new Attestation(permission, new Declarations()).findings(fleet);
    shown = all.stream().filter(finding -> show.shows(finding.answer())).toList();
  }

  @Override
  public List<String> notes() {
    return fleet.notes();
  }

  @Override
  public Page page() {
    var page = new Page();
    var entry = PermissionCatalog.entry(permission);
    page.hanging(permission.key() + ": ", Style.STRONG, entry.opens());
    page.gap();
    if (!shown.isEmpty()) {
      Map<Row, List<String>> rows = rows();
      page.table(table(rows));
      if (rows.size() > limit) {
        page.line(
            Page.Part.of(
                "... and " + (rows.size() - limit) + " more rows: --limit 0", Style.FAINT));
      }
      page.gap();
    }
    page.paragraph(summary());
    return page;
  }

  private Table table(Map<Row, List<String>> rows) {
    var table = new Table("ANSWER", "APP", "DEVICES", "ATTESTED");
    rows.entrySet().stream()
        .limit(limit)
        .forEach(
            row ->
                table.row(
                    Cell.of(row.getKey().answer().word(), style(row.getKey().answer())),
                    Cell.of(row.getKey().app(), Style.STRONG),
                    Cell.of(NameList.few(row.getValue(), MOST_NAMES)),
                    Cell.of(row.getKey().text())));
    return table;
  }

  private record Row(Answer answer, String app, String text, String key) {}

  private Map<Row, List<String>> rows() {
    var rows = new LinkedHashMap<Row, List<String>>();
    for (Finding finding : shown) {
      var device = finding.device();
      String name = fleet.shown(device.namespace(), device.name());
      var row =
          new Row(
              finding.answer(),
              fleet.shown(device.namespace(), finding.app()),
              text(finding),
              each ? name : "");
      rows.computeIfAbsent(row, _ -> new ArrayList<>()).add(name);
    }
    return rows;
  }

  private static String text(Finding finding) {
    var parts = new ArrayList<String>();
    boolean asked = finding.answer() == Answer.CAN;
    if (asked) {
      parts.add(String.join(", ", finding.attested()));
    }
    if (!finding.why().isEmpty()) {
      parts.add(finding.why());
    }
    return String.join("; ", parts);
  }

  private static Style style(Answer answer) {
    return switch (answer) {
      case CAN -> Style.GOOD;
      case CANNOT -> Style.PLAIN;
      case DOUBTFUL -> Style.BAD;
      case STALE, UNKNOWN, REFUSED -> Style.WARN;
    };
  }

  private String summary() {
    var counts = new EnumMap<Answer, Integer>(Answer.class);
    all.forEach(finding -> counts.merge(finding.answer(), 1, Integer::sum));
    var parts = new ArrayList<String>();
    for (Answer answer : Answer.values()) {
      parts.add(counts.getOrDefault(answer, 0) + " " + answer.word());
    }
    String hint =
        show == Show.NOTABLE && counts.getOrDefault(Answer.CANNOT, 0) > 0 ? " (--withheld)" : "";
    return count(finding -> fleet.shown(finding.device().namespace(), finding.app()), "app")
        + " on "
        + count(finding -> finding.device().namespace() + "/" + finding.device().name(), "device")
        + ", "
        + count(Function.identity(), "instance")
        + ": "
        + String.join(", ", parts)
        + hint;
  }

  private String count(Function<Finding, ?> key, String noun) {
    long count = all.stream().map(key).distinct().count();
    return count + " " + noun + (count == 1 ? "" : "s");
  }

  @Override
  public Node document() {
    return Envelope.of("FleetPermission")
        .put("permission", permission.key())
        .put("operatorSilent", fleet.operatorSilent())
        .put("items", Node.list(shown.stream().map(PermissionsView::node).toList()))
        .build();
  }

  private static Node node(Finding finding) {
    return new MappingBuilder()
        .put("namespace", finding.device().namespace())
        .put("device", finding.device().name())
        .put("app", finding.app())
        .put("answer", finding.answer().word())
        .texts("attested", finding.attested())
        .texts("declared", finding.declared())
        .put("enforcement", finding.enforcement())
        .put("lastSeen", Standing.text(finding.device().status().lastSeen()))
        .put("why", finding.why())
        .build();
  }
}
