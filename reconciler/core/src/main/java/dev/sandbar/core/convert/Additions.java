package dev.sandbar.core.convert;

import dev.sandbar.core.model.Node;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a spec has beside that which its unit file says.
 *
 * @param permissions by their names in a spec
 * @param systemCalls to be allowed by name
 */
public record Additions(SequencedMap<String, Node> permissions, SortedSet<String> systemCalls) {
  public Additions {
    permissions = Collections.unmodifiableSequencedMap(new java.util.LinkedHashMap<>(permissions));
    systemCalls = Collections.unmodifiableSortedSet(new TreeSet<>(systemCalls));
  }

  void write(SpecDraft draft) {
    permissions.forEach(draft::permission);
    systemCalls.forEach(draft::systemCall);
  }
}
