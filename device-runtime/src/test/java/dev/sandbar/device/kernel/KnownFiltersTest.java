package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.CallFilter;
import dev.sandbar.core.attest.CallFilter.Instruction;
import dev.sandbar.core.attest.CallFilters;
import dev.sandbar.core.attest.CallTable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * With a source that the test answers for; real filters are read in HardenedAgentTest and
 * DriftZooTest.
 */
class KnownFiltersTest {

  private static final CallFilter REFUSES =
      CallFilter.of(List.of(new Instruction(0x06, 0, 0, 0x00050001)));

  private final List<Process> processes = new ArrayList<>();
  private final List<Collection<ProcessId>> questions = new ArrayList<>();
  private final AtomicInteger arrivals = new AtomicInteger();
  private final AtomicLong nanos = new AtomicLong();
  private boolean answers = true;
  private boolean fails;
  private int installed = 1;

  private final KnownFilters known =
      new KnownFilters(
          new FilterSource() {
            @Override
            public Map<ProcessId, List<CallFilter>> read(Collection<ProcessId> asked)
                throws IOException {
              questions.add(asked);
              if (fails) {
                throw new IOException("nobody listens");
              }
              var filters = new HashMap<ProcessId, List<CallFilter>>();
              if (answers) {
                asked.forEach(it -> filters.put(it, Collections.nCopies(installed, REFUSES)));
              }
              return filters;
            }

            @Override
            public Duration pause() {
              return Duration.ofMinutes(10);
            }
          },
          () -> CallTable.UNKNOWN,
          arrivals::incrementAndGet,
          nanos::get,
          Runnable::run);

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  private Path process() throws IOException {
    Process started = new ProcessBuilder("/usr/bin/sleep", "600").start();
    processes.add(started);
    return Path.of("/proc", Long.toString(started.pid()));
  }

  /** What a look at that process finds; what it asks is answered when this returns. */
  private CallFilters look(Path process) {
    CallFilters found = known.of(process, 1);
    known.ask();
    return found;
  }

  @Test
  void aProcessIsAskedAboutOnceAndAppsWithTheSameFiltersShareThem() throws Exception {
    Path one = process();
    Path other = process();
    assertThat(look(one)).isSameAs(CallFilters.UNREAD);
    CallFilters read = look(one);
    assertThat(read.programs()).containsExactly(REFUSES);
    look(other);
    assertThat(look(other)).isSameAs(read);
    assertThat(look(one)).isSameAs(read);
    assertThat(questions).hasSize(2);
  }

  @Test
  void appsThatStartAgainAndAgainDoNotMakeItAskMoreThanItMay() throws Exception {
    for (int i = 1; i <= 10; i++) {
      look(process());
    }
    Path late = process();
    Path later = process();
    look(late);
    look(later);
    assertThat(questions).hasSize(10);
    nanos.addAndGet(Duration.ofMinutes(10).toNanos());
    look(late);
    assertThat(questions.getLast()).as("all that waited are asked about at once").hasSize(2);
    assertThat(look(later).programs()).containsExactly(REFUSES);
  }

  @Test
  void whoMayNotBeReadIsNotAskedAboutForEver() throws Exception {
    answers = false;
    Path traced = process();
    for (int i = 0; i < 5; i++) {
      look(traced);
    }
    assertThat(questions).hasSize(3);
    assertThat(look(traced)).isSameAs(CallFilters.UNREAD);
    assertThat(arrivals).hasValue(0);
  }

  @Test
  void aSourceThatIsNotThereIsAskedAgainLater() throws Exception {
    fails = true;
    Path one = process();
    for (int i = 0; i < 20; i++) {
      look(one);
    }
    assertThat(questions).hasSize(10);
    fails = false;
    nanos.addAndGet(Duration.ofMinutes(10).toNanos());
    look(one);
    assertThat(arrivals).hasValue(1);
    assertThat(look(one).programs()).containsExactly(REFUSES);
  }

  @Test
  void whatIsNotOurNumberIsNotAskedAbout() throws Exception {
    known.of(Path.of("/srv/device/proc/1"), 1);
    known.of(process(), 0);
    known.ask();
    assertThat(questions).isEmpty();
  }

  /** Fewer filters than were read: it is another process, whatever its number says. */
  @Test
  void filtersThatTheProcessCannotHaveAreNotItsOwn() throws Exception {
    Path one = process();
    look(one);
    assertThat(known.of(one, -1).programs()).containsExactly(REFUSES);
    assertThat(known.of(one, 0)).isSameAs(CallFilters.UNREAD);
  }

  /** systemd installs them one by one before the program of the app begins. */
  @Test
  void aProcessThatWasReadOnItsWayIntoTheSandboxIsReadAgain() throws Exception {
    Path one = process();
    look(one);
    installed = 3;
    assertThat(known.of(one, 3)).as("two are not read").isSameAs(CallFilters.UNREAD);
    known.ask();
    assertThat(known.of(one, 3).programs()).hasSize(3);
  }

  @Test
  void aProgramThatAddsFiltersForEverIsNotAskedAboutForEver() throws Exception {
    Path one = process();
    for (installed = 1; installed <= 8; installed++) {
      known.of(one, installed);
      known.ask();
    }
    assertThat(questions).hasSize(4);
    assertThat(known.of(one, 9).programs()).as("those it has at least").hasSize(4);
  }
}
