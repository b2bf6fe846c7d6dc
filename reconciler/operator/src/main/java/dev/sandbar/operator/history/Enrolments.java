package dev.sandbar.operator.history;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How devices were let in, for as long as it takes to record it. */
public final class Enrolments {
  private static final int MAX_KNOWN = 1_000;

  private final Map<String, HistoryRecord.Writer> known =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, HistoryRecord.Writer> eldest) {
              return size() > MAX_KNOWN;
            }
          });

  /**
   * A device has been let in.
   *
   * @param manager field manager of the approval
   * @param how in words
   */
  public void enrolled(String namespace, String device, String manager, String how) {
    known.put(namespace + "/" + device, new HistoryRecord.Writer("", manager, "", how));
  }

  Optional<HistoryRecord.Writer> of(String namespace, String device) {
    return Optional.ofNullable(known.get(namespace + "/" + device));
  }
}
