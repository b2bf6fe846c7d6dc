package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Under which policy all that is on the device was let in. Of an app whose record cannot be read
 * nobody knows what it may do: it goes on as long as the policy is the one that it was let in by,
 * and counts as denied under another.
 */
final class JudgedPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(JudgedPolicy.class);
  private static final String NAME = "policy";

  private final StateStore store;
  private String known = "";

  /**
   * @param judged digest of the one policy that it was
   */
  private record Text(List<String> judged) {}

  JudgedPolicy(StateStore store) {
    this.store = store;
    if (store.load(NAME) instanceof StateStore.Loaded.Found(Node data)) {
      known = String.join(" ", NodeBinder.readLenient(Text.class, data).judged());
    }
  }

  private static String digest(DevicePolicy policy) {
    return Sha256.of(policy.toString()).hex();
  }

  /** Whether something may have been let in by another policy, which this one may deny. */
  boolean isOther(DevicePolicy policy) {
    return policy.deniesAnything() && !known.isEmpty() && !known.equals(digest(policy));
  }

  /** All that is on the device was judged by this one. */
  void judged(DevicePolicy policy) {
    String digest = digest(policy);
    if (digest.equals(known)) {
      return;
    }
    known = digest;
    try {
      store.save(NAME, new Text(List.of(digest)));
    } catch (IOException e) {
      LOG.error("action=remember the policy is not on disk: {}", e.getMessage());
    }
  }
}
