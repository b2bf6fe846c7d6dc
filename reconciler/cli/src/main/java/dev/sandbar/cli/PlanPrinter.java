package dev.sandbar.cli;

import dev.sandbar.cli.PlanView.App;
import dev.sandbar.cli.PlanView.Fate;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.document.PlanDocument;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Impact;
import dev.sandbar.core.plan.Plan.Step;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.core.plan.UnitFiles;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Shows a plan: by app what changes, from what to what, and whether it restarts. */
final class PlanPrinter {
  private static final int LONGEST = 160;
  private static final String DROP_INS = "DropInPaths";

  private final Printer printer;

  PlanPrinter(Printer printer) {
    this.printer = printer;
  }

  /** Prints the plan for people. */
  void show(PlanView plan) {
    show(plan, new TreeMap<>());
  }

  /**
   * The same.
   *
   * @param waits what the agent would not do at once, by app
   */
  void show(PlanView plan, SortedMap<AppName, String> waits) {
    for (App app : plan.apps()) {
      printer.hanging(
          app.fate().sign() + " " + app.name() + "  ",
          style(app.fate()),
          app.fate().title() + app.failing() + impact(app) + ignored(plan, app));
      if (waits.get(app.name()) instanceof String wait) {
        printer.hanging("    waits: ", Style.WARN, wait);
      }
      app.desired().forEach(this::open);
      images(app);
      switch (app.fate()) {
        case NEW -> permissions(app);
        case CHANGED, LEFT -> differences(app);
        case REMOVED, FOREIGN, REFUSED, SAME, FAILING -> {}
      }
      exposure(app);
    }
    base(plan);
    printer.line(summary(plan));
  }

  private static String ignored(PlanView plan, App app) {
    String properties =
        app.desired().stream()
            .flatMap(it -> plan.planned().ignored().getOrDefault(it.unit(), List.of()).stream())
            .map(ignored -> ignored.rule().property())
            .distinct()
            .collect(Collectors.joining(", "));
    return properties.isEmpty() ? "" : "; ignored drift: " + properties;
  }

  private static Style style(Fate fate) {
    return switch (fate) {
      case NEW -> Style.GOOD;
      case CHANGED, LEFT -> Style.WARN;
      case REMOVED, FOREIGN, REFUSED, FAILING -> Style.BAD;
      case SAME -> Style.FAINT;
    };
  }

  private static String impact(App app) {
    if (app.fate() != Fate.CHANGED) {
      return "";
    }
    return switch (app.impact()) {
      case NONE -> ", nothing that runs is touched";
      case LIVE -> ", live: without a restart";
      case RESTART -> restart(app);
    };
  }

  private static String restart(App app) {
    boolean starts = app.steps().stream().anyMatch(step -> step instanceof Plan.Start);
    boolean stops = app.steps().stream().anyMatch(step -> step instanceof Plan.Stop);
    if (starts != stops) {
      return starts ? ", and is started" : ", and is stopped";
    }
    String reasons =
        told(app.differences()).stream()
            .filter(d -> d.layer() == Layer.MANAGER)
            .map(d -> d.subject().toString())
            .filter(subject -> !isLive(subject) && !subject.equals(DROP_INS))
            .distinct()
            .collect(Collectors.joining(", "));
    return ", with a restart" + (reasons.isEmpty() ? "" : " because of " + reasons);
  }

  private static boolean isLive(String directive) {
    return DirectiveTable.find(directive).map(DirectiveInfo::liveSettable).orElse(false);
  }

  /** An app that is confined in nothing but what is withheld by name must not be overlooked. */
  private void open(CompiledApp app) {
    if (app.spec().mode() == Mode.CLOSED) {
      return;
    }
    var withheld = new ArrayList<String>();
    app.spec()
        .permissions()
        .requests()
        .forEach(
            (permission, request) -> {
              if (request.value() instanceof Value.Withheld) {
                withheld.add(permission.key());
              }
            });
    printer.hanging(
        "    permissions: ",
        Style.BAD,
        "everything"
            + (withheld.isEmpty() ? "" : " but " + String.join(", ", withheld))
            + (isRoot(app) ? "; runs as root" : "; mode: Open"));
  }

  /** Who a service of the device is, its own unit says. */
  private static boolean isRoot(CompiledApp app) {
    boolean named =
        app.effective().get("User") instanceof dev.sandbar.core.property.Value.Text(String user)
            && !user.isEmpty()
            && !user.equals("root")
            && !user.equals("0");
    return !named && !app.kernel().unprivilegedUser() && !app.spec().run().adopts();
  }

  private void permissions(App app) {
    for (CompiledApp desired : app.desired()) {
      if (desired.spec().mode() == Mode.OPEN) {
        continue;
      }
      var granted = new ArrayList<String>();
      desired
          .spec()
          .permissions()
          .requests()
          .forEach(
              (permission, request) -> {
                if (!(request.value() instanceof Value.Withheld)) {
                  String detail = PermissionText.detail(request);
                  granted.add(permission.key() + (detail.isEmpty() ? "" : " (" + detail + ")"));
                }
              });
      String list = granted.isEmpty() ? "nothing but run" : String.join(", ", granted);
      printer.hanging("    may: ", Style.PLAIN, list);
      desired
          .spec()
          .raw()
          .forEach(
              wall ->
                  printer.hanging(
                      "    raw: ",
                      Style.BAD,
                      "opens %s=%s: %s"
                          .formatted(
                              wall.directive(), String.join(" ", wall.values()), wall.reason())));
    }
  }

  /** What comes over the network, or from a disk, before the app is started. */
  private void images(App app) {
    for (Step step : app.steps()) {
      if (step instanceof Plan.StoreImage(_, var source, var digest, _, _)) {
        printer.hanging(
            "    image: ",
            Style.PLAIN,
            "%s from %s (%s)"
                .formatted(
                    source instanceof ImageSource.Remote ? "is fetched" : "is copied",
                    source.shown(),
                    digest.abbreviated()));
      }
    }
  }

  /** The level of a new app, and of another one if it changes. */
  private void exposure(App app) {
    List<String> levels =
        Stream.of("before", "after")
            .flatMap(when -> Optional.ofNullable(app.exposure().get(when)).stream())
            .map(ExposureText::level)
            .distinct()
            .toList();
    if (levels.size() > 1 || app.fate() == Fate.NEW) {
      printer.hanging("    exposure: ", Style.PLAIN, String.join(" -> ", levels));
    }
  }

  private void differences(App app) {
    var table = new Table("    WHAT", "BECAUSE OF", "CHANGE");
    for (Difference difference : told(app.differences())) {
      String reason = app.reasons().getOrDefault(difference.subject().toString(), "");
      table.row(
          Cell.of("    " + difference.subject(), Style.STRONG),
          Cell.of(reason.isEmpty() ? "(" + layer(difference.layer()) + ")" : reason),
          Cell.of(cut(difference.observed()) + " -> " + cut(difference.declared())));
    }
    printer.table(table);
  }

  /**
   * What says something new: a changed file and a changed generation are shown by the directives
   * that changed, if there are any.
   */
  private static List<Difference> told(List<Difference> differences) {
    List<Difference> news =
        differences.stream()
            .filter(d -> d.subject() != Subject.Loading.GENERATION)
            .filter(d -> d.subject() != Subject.Processes.GENERATION)
            .filter(d -> d.layer() != Layer.FILE || isForeign(d))
            .toList();
    return news.isEmpty() ? differences : news;
  }

  private static boolean isForeign(Difference difference) {
    return !difference.subject().equals(new Subject.UnitFile(UnitFiles.own(difference.unit())));
  }

  private static String layer(Layer layer) {
    return layer.name().toLowerCase(Locale.ROOT);
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 4) + " ...";
  }

  private void base(PlanView plan) {
    for (Step step : plan.common()) {
      if (step instanceof Plan.Write(var unit, _, var why)) {
        boolean fresh = why.equals("new");
        printer.hanging((fresh ? "+ " : "~ ") + unit + "  ", fresh ? Style.GOOD : Style.WARN, why);
      }
    }
  }

  private static String summary(PlanView plan) {
    if (plan.planned().inSync() && plan.isFailing()) {
      long failing = plan.apps().stream().filter(app -> app.fate() == Fate.FAILING).count();
      return "The device is as declared, but "
          + English.count(failing, "app")
          + (failing == 1 ? " does not stay up." : " do not stay up.");
    }
    if (plan.planned().inSync()) {
      return "The device is as declared: nothing to do.";
    }
    var parts = new ArrayList<String>();
    for (Fate fate : Fate.values()) {
      long count = plan.apps().stream().filter(app -> app.fate() == fate).count();
      if (count > 0) {
        parts.add(count + " " + summaryWord(fate));
      }
    }
    long restarts = plan.apps().stream().filter(PlanPrinter::restarts).count();
    return String.join(", ", parts)
        + "; "
        + English.count(restarts, "restart")
        + ", "
        + English.count(plan.planned().plan().steps().size(), "step");
  }

  private static boolean restarts(App app) {
    return app.fate() == Fate.CHANGED && app.impact() == Impact.RESTART;
  }

  private static String summaryWord(Fate fate) {
    return switch (fate) {
      case NEW -> "new";
      case CHANGED -> "changed";
      case REMOVED -> "removed";
      case LEFT -> "left different";
      case FAILING -> "failing";
      case FOREIGN, REFUSED -> "left alone";
      case SAME -> "as declared";
    };
  }

  /** The plan as a document. */
  static Node node(PlanView plan) {
    return Envelope.of("Plan")
        .put("inSync", plan.planned().inSync())
        .put("apps", Node.list(plan.apps().stream().map(PlanPrinter::node).toList()))
        .put("steps", PlanDocument.steps(plan.planned().plan().steps()))
        .put("left", PlanDocument.differences(plan.planned().left()))
        .build();
  }

  private static Node node(App app) {
    return new MappingBuilder()
        .put("app", app.name().value())
        .put(
            "mode",
            app.desired().stream()
                .map(desired -> desired.spec().mode() == Mode.OPEN ? "Open" : "Closed")
                .findFirst()
                .orElse(""))
        .put("fate", app.fate().name().toLowerCase(Locale.ROOT))
        .put("failing", app.failing())
        .put("exposure", exposures(app))
        .put("impact", app.impact().name().toLowerCase(Locale.ROOT))
        .put(
            "differences",
            Node.list(
                app.differences().stream()
                    .map(
                        d ->
                            new MappingBuilder()
                                .put("layer", layer(d.layer()))
                                .put("subject", d.subject().toString())
                                .put(
                                    "because",
                                    app.reasons().getOrDefault(d.subject().toString(), ""))
                                .put("from", d.observed())
                                .put("to", d.declared())
                                .build())
                    .toList()))
        .build();
  }

  private static Node exposures(App app) {
    var levels = new MappingBuilder();
    app.exposure().forEach((when, exposure) -> levels.put(when, exposure.level()));
    return levels.build();
  }
}
