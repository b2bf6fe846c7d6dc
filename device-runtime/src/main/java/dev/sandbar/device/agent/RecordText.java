package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as a document: at most one of the first three, and of the three trials. */
record RecordText(
    @Nullable Version lastGood,
    @Nullable Version stopped,
    Past.@Nullable Withdrawn withdrawn,
    Trial.@Nullable Settling settling,
    Trial.@Nullable Failed failed,
    Trial.@Nullable Rejected rejected,
    @Nullable List<Version> earlier) {

  static Node write(AppRecord record) {
    return NodeBinder.write(
        new RecordText(
            record.lastGood() instanceof Past.Good(var version) ? version : null,
            record.lastGood() instanceof Past.Stopped(var version) ? version : null,
            record.lastGood() instanceof Past.Withdrawn withdrawn ? withdrawn : null,
            record.trial() instanceof Trial.Settling trial ? trial : null,
            record.trial() instanceof Trial.Failed trial ? trial : null,
            record.trial() instanceof Trial.Rejected trial ? trial : null,
            record.earlier().isEmpty() ? null : record.earlier()));
  }

  /**
   * The record.
   *
   * @throws IllegalArgumentException if the document is none
   */
  static AppRecord read(AppName name, Node node) {
    RecordText text = NodeBinder.read(RecordText.class, node);
    Past past =
        text.lastGood != null
            ? new Past.Good(text.lastGood)
            : text.stopped != null
                ? new Past.Stopped(text.stopped)
                : text.withdrawn != null ? text.withdrawn : new Past.Nothing();
    Trial trial =
        text.settling != null
            ? text.settling
            : text.failed != null
                ? text.failed
                : text.rejected != null ? text.rejected : new Trial.None();
    return new AppRecord(name, past, trial, text.earlier != null ? text.earlier : List.of());
  }
}
