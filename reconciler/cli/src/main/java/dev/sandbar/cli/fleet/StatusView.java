package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Revision;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Apps, devices and repositories, what is wrong first. */
public final class StatusView implements FleetView {
  private final FleetSnapshot fleet;
  private static final String SUSPENDED = "Suspended";

  /** Rows that a person reads at a glance. */
  private static final int SCREEN = 40;

  private final int limit;
  private final List<AppState> apps;
  private final List<FleetDevice> devices;
  private final List<FleetSource> sources;

  /**
   * Shows a snapshot.
   *
   * @param limit most rows of a table; 0 for all
   */
  StatusView(FleetSnapshot fleet, int limit) {
    this.fleet = fleet;
    this.limit = limit == 0 ? Integer.MAX_VALUE : limit;
    apps =
        fleet.apps().stream()
            .sorted(
                Comparator.comparingInt((AppState app) -> -app.urgency())
                    .thenComparing(AppState::namespace)
                    .thenComparing(AppState::name))
            .toList();
    devices =
        fleet.devices().stream()
            .sorted(
                Comparator.comparingInt((FleetDevice device) -> -device.urgency())
                    .thenComparing(FleetDevice::namespace)
                    .thenComparing(FleetDevice::name))
            .toList();
    sources =
        fleet.sources().stream()
            .sorted(
                Comparator.comparingInt((FleetSource source) -> -source.urgency())
                    .thenComparing(FleetSource::namespace)
                    .thenComparing(FleetSource::name))
            .toList();
  }

  /** How many apps, devices and repositories are not as declared. */
  public long amiss() {
    return amissApps() + amissDevices() + amissSources();
  }

  private long amissApps() {
    return apps.stream().filter(app -> app.urgency() > 0).count();
  }

  private long amissDevices() {
    return devices.stream().filter(device -> device.urgency() > 0 || !fleet.fresh(device)).count();
  }

  private long amissSources() {
    return sources.stream().filter(source -> source.urgency() > 0).count();
  }

  @Override
  public List<String> notes() {
    return fleet.notes();
  }

  @Override
  public Page page() {
    return page(false);
  }

  /** Whether its tables fill more than a screen. */
  public boolean isLong() {
    return apps.size() + devices.size() + sources.size() > SCREEN && !fleet.narrowed();
  }

  /** For people who want to know what is wrong in a large fleet, on one screen. */
  public Page summary() {
    return StatusSummary.of(
        sources.stream()
            .map(
                it ->
                    new StatusSummary.Entry(
                        fleet.shown(it.namespace(), it.name()),
                        it.suspended() ? SUSPENDED : Standing.reason(it.status().conditions()),
                        it.urgency(),
                        Standing.sentence(it.status().conditions())))
            .toList(),
        apps.stream()
            .map(
                it ->
                    new StatusSummary.Entry(
                        fleet.shown(it.namespace(), it.name()),
                        it.suspended() ? SUSPENDED : Standing.reason(it.status().conditions()),
                        it.urgency(),
                        sentence(it)))
            .toList(),
        devices.stream()
            .map(
                it ->
                    new StatusSummary.Entry(
                        fleet.shown(it.namespace(), it.name()),
                        Standing.reason(it.status().conditions()),
                        fleet.fresh(it) ? it.urgency() : Math.max(1, it.urgency()),
                        sentence(it)))
            .toList());
  }

  /** For people who want more columns, one line a row. */
  public Page wide() {
    return page(true);
  }

  /** Everything by kind and name, as kubectl takes it. */
  public List<String> names() {
    var names = new ArrayList<String>();
    sources.forEach(source -> names.add("gitsource.sandbar.dev/" + source.name()));
    apps.forEach(app -> names.add("appsandbox.sandbar.dev/" + app.name()));
    devices.forEach(device -> names.add("device.sandbar.dev/" + device.name()));
    return names;
  }

  private Page page(boolean wide) {
    var page = new Page();
    if (apps.isEmpty() && devices.isEmpty() && sources.isEmpty()) {
      page.paragraph(
          "no apps and no devices "
              + (fleet.everywhere() ? "anywhere" : "in this namespace; -A looks in all"));
      return page;
    }
    if (!sources.isEmpty()) {
      page.table(sourceTable(wide));
      rest(page, sources.size(), "sources");
    }
    if (!apps.isEmpty()) {
      page.gap();
      page.table(appTable(wide));
      rest(page, apps.size(), "apps");
    }
    if (!devices.isEmpty()) {
      page.gap();
      page.table(deviceTable(wide));
      rest(page, devices.size(), "devices");
    }
    for (FleetDevice device : devices) {
      if (!device.apps().isEmpty() && fleet.narrowed()) {
        page.gap();
        page.table(new DeviceApps(device, fleet.fresh(device)).table());
      }
    }
    page.gap();
    page.line(
        amiss() == 0
            ? Page.Part.of("everything is as declared", Style.GOOD)
            : Page.Part.of(
                "not as declared: %d of %d apps, %d of %d devices"
                    .formatted(amissApps(), apps.size(), amissDevices(), devices.size()),
                Style.WARN));
    return page;
  }

  private void rest(Page page, int rows, String noun) {
    if (rows > limit) {
      page.line(
          Page.Part.of("... and " + (rows - limit) + " more " + noun + ": --limit 0", Style.FAINT));
    }
  }

  /** A table with more columns before the last, if they are asked for. */
  private static Table table(boolean wide, List<String> headings, String... more) {
    return wide
        ? Table.unlimited(with(headings, List.of(more)).toArray(String[]::new))
        : new Table(headings.toArray(String[]::new));
  }

  private static void row(Table table, boolean wide, List<Cell> cells, String... more) {
    List<Cell> added = Stream.of(more).map(Cell::of).toList();
    table.row((wide ? with(cells, added) : cells).toArray(Cell[]::new));
  }

  private static <T> List<T> with(List<T> some, List<T> more) {
    var all = new ArrayList<>(some);
    all.addAll(some.size() - 1, more);
    return all;
  }

  private Table appTable(boolean wide) {
    Table table =
        table(
            wide,
            List.of("APP", "DEVICES", "UPDATED", "READY", "DRIFTED", "STATUS"),
            "UNREACHABLE",
            "CANNOT-ENFORCE",
            "GENERATION",
            "SOURCE",
            "REVISION");
    apps.stream()
        .limit(limit)
        .forEach(
            app -> {
              var counts = app.counts();
              boolean all = counts.ready() >= counts.desired();
              row(
                  table,
                  wide,
                  List.of(
                      Cell.of(fleet.shown(app.namespace(), app.name()), Style.STRONG),
                      Cell.of(Integer.toString(counts.desired())),
                      Cell.of(Integer.toString(counts.updated())),
                      Cell.of(Integer.toString(counts.ready()), all ? Style.GOOD : Style.WARN),
                      Cell.of(
                          Integer.toString(counts.drifted()),
                          counts.drifted() > 0 ? Style.BAD : Style.PLAIN),
                      Cell.of(sentence(app))),
                  Integer.toString(counts.unreachable()),
                  Integer.toString(counts.cannotEnforce()),
                  Long.toString(app.generation()),
                  dash(app.source()),
                  dash(app.revision()));
            });
    return table;
  }

  private static String dash(String text) {
    return text.isEmpty() ? "-" : text;
  }

  private static String sentence(AppState app) {
    Optional<StatusCondition> suspended = Standing.find(app.status().conditions(), SUSPENDED);
    String trouble = trouble(app);
    if (!app.suspended() || suspended.isEmpty()) {
      return (app.suspended() ? "suspended; " : "") + trouble;
    }
    // What a suspension keeps from devices is said whatever else there is to say.
    String kept = "suspended, " + text(suspended.get().message());
    return trouble.startsWith(SUSPENDED) ? kept : kept + "; " + trouble;
  }

  private static String trouble(AppState app) {
    if (!app.observed()) {
      return "the operator has not seen generation " + app.generation() + " yet";
    }
    for (AppSandboxStatus.Problem problem : app.status().problems()) {
      String examples = String.join(", ", problem.examples());
      String where = problem.devices() > problem.examples().size() ? examples + ", ..." : examples;
      return text(problem.reason())
          + " on "
          + problem.devices()
          + (where.isEmpty() ? "" : " (" + where + ")")
          + ": "
          + text(problem.message());
    }
    return Standing.sentence(app.status().conditions());
  }

  private Table deviceTable(boolean wide) {
    Table table =
        table(
            wide,
            List.of("DEVICE", "READY", "DRIFTED", "APPS", "SYSTEMD", "STATUS"),
            "KERNEL",
            "ARCHITECTURE",
            "AGENT",
            "LAST-SEEN");
    devices.stream()
        .limit(limit)
        .forEach(
            device -> {
              boolean fresh = fleet.fresh(device);
              String ready =
                  fresh ? Standing.status(device.status().conditions(), "Ready") : "Unknown";
              String drifted =
                  fresh ? Standing.status(device.status().conditions(), "Drifted") : "Unknown";
              Optional<DeviceStatus.Apps> counts = Optional.ofNullable(device.status().apps());
              Optional<DeviceStatus.Facts> facts = Optional.ofNullable(device.status().facts());
              row(
                  table,
                  wide,
                  List.of(
                      Cell.of(fleet.shown(device.namespace(), device.name()), Style.STRONG),
                      Cell.of(ready, Standing.whereTrueIsGood(ready)),
                      Cell.of(drifted, drifted(drifted)),
                      Cell.of(counts.map(it -> it.ready() + "/" + it.desired()).orElse("-")),
                      Cell.of(facts.map(it -> Integer.toString(it.systemd())).orElse("-")),
                      Cell.of(sentence(device))),
                  dash(facts.map(DeviceStatus.Facts::kernel).orElse("")),
                  dash(facts.map(DeviceStatus.Facts::architecture).orElse("")),
                  dash(facts.map(it -> text(it.agent())).orElse("")),
                  dash(text(device.status().lastSeen())));
            });
    return table;
  }

  private static Style drifted(String drifted) {
    return switch (drifted) {
      case "True" -> Style.BAD;
      case "False" -> Style.PLAIN;
      default -> Style.WARN;
    };
  }

  private String sentence(FleetDevice device) {
    if (device.decommissioned()) {
      return Boolean.TRUE.equals(device.report().decommissioned())
          ? "decommissioned"
          : "is being decommissioned";
    }
    String sentence =
        switch (device.reach()) {
          case NEVER_HEARD -> "no report yet: " + Standing.sentence(device.status().conditions());
          case UNREACHABLE -> {
            String seen = text(device.status().lastSeen());
            yield "unreachable"
                + (seen.isEmpty() ? "" : ", last seen " + Ages.since(seen, fleet.at()) + " ago");
          }
          case REACHABLE -> Standing.sentence(device.status().conditions());
        };
    for (DeviceStatus.CannotEnforce refused : device.status().cannotEnforce()) {
      // The condition names the first of them.
      String message = text(refused.message());
      if (!sentence.contains(message)) {
        sentence += "; cannot enforce " + refused.app() + ": " + message;
      }
    }
    return Boolean.TRUE.equals(device.spec().suspend()) ? "suspended; " + sentence : sentence;
  }

  private Table sourceTable(boolean wide) {
    Table table = table(wide, List.of("SOURCE", "READY", "REVISION", "STATUS"), "SUSPENDED", "URL");
    sources.stream()
        .limit(limit)
        .forEach(
            source -> {
              String ready = Standing.status(source.status().conditions(), "Ready");
              String revision = text(source.status().lastAppliedRevision());
              row(
                  table,
                  wide,
                  List.of(
                      Cell.of(fleet.shown(source.namespace(), source.name()), Style.STRONG),
                      Cell.of(ready, Standing.whereTrueIsGood(ready)),
                      Cell.of(wide ? revision : Revision.shortened(revision)),
                      Cell.of(
                          source.suspended()
                              ? "suspended"
                              : Standing.sentence(source.status().conditions()))),
                  source.suspended() ? "True" : "False",
                  dash(text(source.spec().url())));
            });
    return table;
  }

  @Override
  public Node document() {
    return Envelope.of("FleetStatus")
        .put("operatorSilent", fleet.operatorSilent())
        .put("notAsDeclared", amiss())
        .put("sources", Node.list(sources.stream().map(this::node).toList()))
        .put("apps", Node.list(apps.stream().map(this::node).toList()))
        .put("devices", Node.list(devices.stream().map(this::node).toList()))
        .build();
  }

  private Node node(FleetSource source) {
    return named(source.namespace(), source.name())
        .put("ready", Standing.status(source.status().conditions(), "Ready"))
        .put("suspended", source.suspended())
        .put("revision", text(source.status().lastAppliedRevision()))
        .put("message", Standing.sentence(source.status().conditions()))
        .build();
  }

  private Node node(AppState app) {
    var counts = app.counts();
    return named(app.namespace(), app.name())
        .put("generation", app.generation())
        .put("revision", app.revision())
        .put("suspended", app.suspended())
        .put("observed", app.observed())
        .put("ready", Standing.status(app.status().conditions(), "Ready"))
        .put(
            "devices",
            new MappingBuilder()
                .put("desired", counts.desired())
                .put("updated", counts.updated())
                .put("ready", counts.ready())
                .put("drifted", counts.drifted())
                .put("unreachable", counts.unreachable())
                .put("cannotEnforce", counts.cannotEnforce())
                .build())
        .put("message", sentence(app))
        .build();
  }

  private Node node(FleetDevice device) {
    boolean fresh = fleet.fresh(device);
    MappingBuilder node = named(device.namespace(), device.name());
    if (fleet.narrowed()) {
      node.put("apps", new DeviceApps(device, fresh).document());
    }
    return node.put("reachable", fresh)
        .put("lastSeen", text(device.status().lastSeen()))
        .put("ready", fresh ? Standing.status(device.status().conditions(), "Ready") : "Unknown")
        .put("drifted", Standing.isTrue(device.status().conditions(), "Drifted"))
        .put("message", sentence(device))
        .build();
  }

  private static MappingBuilder named(String namespace, String name) {
    return new MappingBuilder().put("namespace", namespace).put("name", name);
  }
}
