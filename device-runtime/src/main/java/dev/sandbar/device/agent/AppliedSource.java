package dev.sandbar.device.agent;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last revision of a repository after which no removal was held back, on disk: what comes later
 * must descend from it, whatever was pushed in between and however often the agent was started.
 */
final class AppliedSource {
  private static final Logger LOG = LoggerFactory.getLogger(AppliedSource.class);
  private static final String DOCUMENT = "applied-source";

  private final StateStore store;
  private final String origin;
  private volatile String revision;

  /**
   * @param origin says which repository and ref it is; of another one nothing is known
   */
  AppliedSource(StateStore store, String origin) {
    this.store = store;
    this.origin = origin;
    this.revision =
        store.load(DOCUMENT) instanceof StateStore.Loaded.Found(var data)
                && text(data, "origin").equals(origin)
            ? text(data, "revision")
            : "";
  }

  /** Empty if there is none. */
  String revision() {
    return revision;
  }

  /** Everything of this revision was applied. */
  void settled(String now) {
    if (now.equals(revision)) {
      return;
    }
    revision = now;
    try {
      store.save(
          DOCUMENT,
          Node.mapping(
              List.of(
                  Node.entry("origin", Node.text(origin)),
                  Node.entry("revision", Node.text(now)))));
    } catch (IOException e) {
      LOG.error("revision={} action=remember not on disk: {}", now, e.getMessage());
    }
  }

  private static String text(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, String text) ? text : "";
  }
}
