package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removals that a person consents to, one document each. A consent holds for one removal of an app
 * that its source no longer declares.
 */
public final class Removals {
  private static final Logger LOG = LoggerFactory.getLogger(Removals.class);
  private static final String GROUP = "delete";

  private record Consent(Instant consentedAt) {}

  private Removals() {}

  /**
   * Consents; the agent acts at its next sweep.
   *
   * @throws IOException if it cannot be written down
   */
  public static void consent(StateStore store, AppName app) throws IOException {
    store.save(GROUP + "/" + app, new Consent(Instant.now()));
  }

  /**
   * What may be removed. A consent for an app that is declared, or declared again, is void.
   *
   * @param declared every app that the source names
   */
  static SortedSet<AppName> of(StateStore store, SortedSet<AppName> declared) {
    var consents = new TreeSet<AppName>();
    List<String> names;
    try {
      names = store.names(GROUP);
    } catch (IOException e) {
      LOG.warn("action=consent cannot be read now: {}", e.getMessage());
      return consents;
    }
    for (String text : names) {
      if (AppName.isValid(text)) {
        AppName name = new AppName(text);
        if (declared.contains(name)) {
          forget(store, name);
        } else {
          consents.add(name);
        }
      }
    }
    return consents;
  }

  /** It was removed. */
  static void forget(StateStore store, AppName app) {
    try {
      store.remove(GROUP + "/" + app);
    } catch (IOException e) {
      LOG.error("app={} action=forget its consent is still on disk: {}", app, e.getMessage());
    }
  }
}
