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
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Impact;
import dev.sandbar.core.plan.Plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows a plan: by app what changes, from what to what, and whether it restarts. */
final class PlanPrinter {
  private static final int LONGEST = 160;

  private final Printer printer;

  PlanPrinter(Printer printer) {
    this.printer = printer;
  }

  /** Prints the plan for people. */
  void show(PlanView plan) {
    for (App app : plan.apps()) {
      printer.line(
          printer.style(style(app.fate()), app.fate().sign() + " " + app.name())
              + "  "
              + app.fate().title()
              + impact(app));
      switch (app.fate()) {
        case NEW -> permissions(app);
        case CHANGED, LEFT -> differences(app);
        case REMOVED, SAME -> {}
      }
      why(app);
    }
    base(plan);
    printer.line(summary(plan));
  }

  private static Style style(Fate fate) {
    return switch (fate) {
      case NEW -> Style.GOOD;
      case CHANGED, LEFT -> Style.WARN;
      case REMOVED -> Style.BAD;
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
      case RESTART -> ", with a restart";
    };
  }

  private void permissions(App app) {
    for (CompiledApp desired : app.desired()) {
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
    }
  }

  private void differences(App app) {
    var table = new Table("    WHAT", "BECAUSE OF", "CHANGE");
    for (Difference difference : told(app.differences())) {
      table.row(
          Cell.of("    " + difference.subject(), Style.STRONG),
          Cell.of(app.reasons().getOrDefault(difference.subject(), layer(difference.layer()))),
          Cell.of(cut(difference.observed()) + " -> " + cut(difference.declared())));
    }
    printer.table(table);
  }

  /**
   * A changed file differs by its digest only, which says nothing where its directives are told.
   */
  private static List<Difference> told(List<Difference> differences) {
    List<Difference> settings =
        differences.stream().filter(d -> d.layer() == Layer.MANAGER).toList();
    List<Difference> others =
        differences.stream()
            .filter(d -> d.layer() != Layer.MANAGER)
            .filter(d -> settings.isEmpty() || d.layer() != Layer.FILE || isForeign(d))
            .toList();
    var told = new ArrayList<>(settings);
    told.addAll(others);
    return told;
  }

  private static boolean isForeign(Difference difference) {
    return !difference.subject().endsWith("/" + difference.unit().value());
  }

  private static String layer(Layer layer) {
    return layer.name().toLowerCase(Locale.ROOT);
  }

  private static String cut(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 4) + " ...";
  }

  private void why(App app) {
    if (app.fate() == Fate.NEW || app.fate() == Fate.SAME) {
      return;
    }
    for (Step step : app.steps()) {
      if (step.impact() != Impact.NONE || app.fate() == Fate.REMOVED) {
        printer.hanging("    " + PlanDocument.name(step) + ": ", Style.PLAIN, why(step));
      }
    }
  }

  private static String why(Step step) {
    return step instanceof Plan.LiveSet(_, var properties, var why)
        ? String.join(", ", properties) + " (" + why + ")"
        : step.why();
  }

  private void base(PlanView plan) {
    for (Step step : plan.common()) {
      if (step instanceof Plan.Write(var unit, _, var why)) {
        printer.hanging(printer.style(Style.WARN, "~ " + unit) + "  ", Style.PLAIN, why);
      }
    }
  }

  private static String summary(PlanView plan) {
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
        + Words.count(restarts, "restart")
        + ", "
        + Words.count(plan.planned().plan().steps().size(), "step");
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
        .put("fate", app.fate().name().toLowerCase(Locale.ROOT))
        .put("impact", app.impact().name().toLowerCase(Locale.ROOT))
        .put(
            "differences",
            Node.list(
                app.differences().stream()
                    .map(
                        d ->
                            new MappingBuilder()
                                .put("layer", layer(d.layer()))
                                .put("subject", d.subject())
                                .put("because", app.reasons().getOrDefault(d.subject(), ""))
                                .put("from", d.observed())
                                .put("to", d.declared())
                                .build())
                    .toList()))
        .build();
  }
}
