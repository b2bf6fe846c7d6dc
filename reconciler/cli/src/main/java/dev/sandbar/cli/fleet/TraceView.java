package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.crds.v1alpha1.DeviceBundleSpec;
import dev.sandbar.crds.v1alpha1.DeviceBundleStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** From a unit of a device back to whoever declared it. */
public final class TraceView implements FleetView {
  private static final int DIGEST = 12;

  private final FleetSnapshot fleet;
  private final FleetDevice device;
  private final String app;
  private final List<Origin> origin;

  /**
   * Shows the way back.
   *
   * @param fleet a snapshot with this device alone
   * @param origin empty if the app is declared nowhere
   */
  TraceView(FleetSnapshot fleet, String app, Optional<Origin> origin) {
    this.fleet = fleet;
    this.device = fleet.devices().getFirst();
    this.app = app;
    this.origin = origin.stream().toList();
  }

  @Override
  public List<String> notes() {
    return fleet.notes();
  }

  @Override
  public Page page() {
    var page = new Page();
    String where = device.namespace() + "/" + device.name();
    row(page, "Device", where + ", " + reach());
    row(page, "Unit", unit());
    row(page, "App", device.namespace() + "/" + app);
    page.gap();
    row(page, "Runs", runs());
    row(page, "Bundle", bundle());
    if (origin.isEmpty()) {
      row(page, "Declared", "no longer: there is no AppSandbox " + app);
      return page;
    }
    page.gap();
    Origin from = origin.getFirst();
    row(
        page,
        "Declared",
        "generation "
            + from.app().generation()
            + (from.app().revision().isEmpty() ? "" : ", " + from.app().revision()));
    source(page, from);
    for (Origin.Writer writer : from.writers()) {
      row(
          page,
          "Written by",
          writer.manager()
              + " ("
              + writer.operation()
              + ", "
              + writer.time()
              + "): "
              + String.join(", ", writer.fields()));
    }
    if (from.app().source().isEmpty()) {
      page.gap();
      page.paragraph(
          "No GitSource owns it, so there is no commit. The API server records the"
              + " program that wrote it, and its audit log the user.");
    }
    return page;
  }

  private static void source(Page page, Origin from) {
    if (from.app().source().isEmpty()) {
      return;
    }
    if (from.source().isEmpty()) {
      row(page, "Source", "GitSource " + from.app().source() + ", which is gone");
      return;
    }
    FleetSource source = from.source().getFirst();
    row(
        page,
        "Source",
        "GitSource "
            + source.namespace()
            + "/"
            + source.name()
            + ", "
            + text(source.spec().url())
            + (text(source.spec().path()).isEmpty() ? "" : ", folder " + source.spec().path()));
    row(
        page,
        "Commit",
        from.app().revision().isEmpty()
            ? text(source.status().lastAppliedRevision())
            : from.app().revision());
    row(page, "Source is", Standing.sentence(source.status().conditions()));
  }

  private static void row(Page page, String head, String text) {
    page.hanging(head + ":" + " ".repeat(Math.max(1, 12 - head.length())), Style.STRONG, text);
  }

  private String reach() {
    if (fleet.fresh(device)) {
      return "reachable";
    }
    String seen = text(device.status().lastSeen());
    return "unreachable"
        + (seen.isEmpty() ? "" : " for " + Ages.since(seen, fleet.at()))
        + ": what follows was true then";
  }

  private String unit() {
    Optional<String> confined =
        origin.stream().map(it -> it.app().unit()).filter(it -> !it.isEmpty()).findFirst();
    if (confined.isPresent()) {
      return confined.get();
    }
    return AppName.isValid(app) ? UnitName.own(new AppName(app)).value() : "sandbar-" + app;
  }

  private String runs() {
    return device.reported(app).map(TraceView::runs).orElse("nothing that the device has reported");
  }

  private static String runs(DeviceBundleStatus.App report) {
    return "generation "
        + report.generation()
        + ", "
        + text(report.revision())
        + ", unit "
        + digest(report.rendered())
        + ", "
        + text(report.enforcement())
        + (report.drifts().isEmpty() ? "" : ", drifted");
  }

  private String bundle() {
    return device.declared(app).map(this::bundle).orElse("does not name it: the device removes it");
  }

  private String bundle(DeviceBundleSpec.App entry) {
    String state =
        device
            .reported(app)
            .filter(report -> report.generation() == entry.generation())
            .map(
                report ->
                    text(report.rendered()).equals(text(entry.rendered()))
                        ? ", which is what runs"
                        : ", rendered differently on the device")
            .orElse(", not yet taken over");
    return "generation " + entry.generation() + ", " + text(entry.revision()) + state;
  }

  private static String digest(@Nullable String digest) {
    String whole = text(digest);
    return whole.substring(0, Math.min(DIGEST, whole.length()));
  }

  @Override
  public Node document() {
    var document =
        Envelope.of("FleetTrace")
            .put("namespace", device.namespace())
            .put("device", device.name())
            .put("reachable", fleet.fresh(device))
            .put("unit", unit())
            .put("app", app);
    device
        .reported(app)
        .ifPresent(
            report ->
                document.put(
                    "runs",
                    new MappingBuilder()
                        .put("generation", report.generation())
                        .put("revision", text(report.revision()))
                        .put("rendered", text(report.rendered()))
                        .put("enforcement", text(report.enforcement()))
                        .build()));
    for (Origin from : origin) {
      document
          .put("declaredGeneration", from.app().generation())
          .put("revision", from.app().revision())
          .put("source", from.app().source())
          .put("writers", writers(from));
    }
    return document.build();
  }

  private static Node writers(Origin from) {
    var writers = new ArrayList<Node>();
    for (Origin.Writer writer : from.writers()) {
      writers.add(
          new MappingBuilder()
              .put("manager", writer.manager())
              .put("operation", writer.operation())
              .put("time", writer.time())
              .texts("fields", writer.fields())
              .build());
    }
    return Node.list(writers);
  }
}
