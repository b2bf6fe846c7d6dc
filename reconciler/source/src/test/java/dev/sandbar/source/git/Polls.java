package dev.sandbar.source.git;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.Fault.Reason;

/** What tests expect of a poll. */
final class Polls {
  private Polls() {}

  static Snapshot fetched(PollResult result) {
    assertThat(result).isInstanceOf(PollResult.Fetched.class);
    return ((PollResult.Fetched) result).snapshot();
  }

  static Fault failed(PollResult result, Reason reason) {
    assertThat(result).isInstanceOf(PollResult.Failed.class);
    Fault fault = ((PollResult.Failed) result).fault();
    assertThat(fault.reason()).as(fault.toString()).isEqualTo(reason);
    assertThat(fault.message()).isNotEmpty().doesNotContain("\n", "Exception", "org.eclipse");
    assertThat(fault.help()).isNotEmpty();
    return fault;
  }
}
