package dev.sandbar.core.attest;

import dev.sandbar.core.attest.CallFilter.Answer;
import dev.sandbar.core.attest.CallFilter.Call;
import dev.sandbar.core.attest.CallFilter.UnknownFilterException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The filters of a process, one upon the other: a call gets through if it gets through all.
 *
 * <p>The oldest are those with which it was started. It can add its own, made to be long or not to
 * be understood, and whoever judges them looks after other apps too: the oldest are asked first,
 * and each has steps of its own.
 */
final class FilterStack {

  /** systemd makes some twenty, each for up to three architectures. */
  private static final int MOST_FILTERS = 64;

  /** Several times what the longest filter of a default app takes, all directives together. */
  private static final int MOST_STEPS = 3_000_000;

  private record Limited(CallFilter filter, Steps steps) {}

  private final List<Limited> oldestFirst;
  private final boolean isCut;

  FilterStack(List<CallFilter> newestFirst) {
    this.oldestFirst =
        newestFirst.reversed().stream()
            .limit(MOST_FILTERS)
            .map(filter -> new Limited(filter, new Steps(MOST_STEPS)))
            .toList();
    this.isCut = newestFirst.size() > MOST_FILTERS;
  }

  /**
   * What becomes of a call, by the oldest filter that refuses it.
   *
   * @throws UnknownFilterException if one of them cannot be judged, and no other refuses the call
   */
  Answer answer(Call call) {
    var unknown = new ArrayList<UnknownFilterException>();
    for (Limited one : oldestFirst) {
      try {
        Answer answer = one.filter().answer(call, one.steps());
        if (answer.refused()) {
          return answer;
        }
      } catch (UnknownFilterException e) {
        unknown.add(e);
      }
    }
    if (isCut) {
      throw new UnknownFilterException("too many filters");
    }
    if (!unknown.isEmpty()) {
      throw unknown.getFirst();
    }
    return new Answer(false, false, new TreeSet<>());
  }
}
