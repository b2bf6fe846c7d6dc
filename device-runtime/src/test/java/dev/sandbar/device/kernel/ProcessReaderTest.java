package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An app may have any number of processes; a look at it ends all the same. */
class ProcessReaderTest {

  private static final int MAIN = 100;

  @TempDir private Path root;

  @BeforeEach
  void device() throws IOException {
    write("proc/1/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
    write("proc/self/status", "");
    write("sys/fs/cgroup/cgroup.controllers", "memory pids\n");
  }

  private void processes(int count) throws IOException {
    List<Integer> pids = IntStream.range(MAIN, MAIN + count).boxed().toList();
    write(
        "sys/fs/cgroup/app/cgroup.procs",
        pids.stream().map(String::valueOf).collect(Collectors.joining("\n", "", "\n")));
    for (int pid : pids) {
      write(
          "proc/" + pid + "/status",
          status(pid, "S (sleeping)", "Threads:\t1\nVmSize:\t    2576 kB\n"));
      details("proc/" + pid);
    }
  }

  private static String status(int pid, String state, String more) {
    return "Name:\tapp\nState:\t%s\nNSpid:\t%d\nUid:\t61184\t61184\t61184\t61184\n%s"
        .formatted(state, pid, more);
  }

  private void details(String process) throws IOException {
    write(
        process + "/limits",
        "Max open files            1024                 4096                 files     \n");
    write(process + "/oom_score_adj", "0\n");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, text);
  }

  /**
   * Two looks in a row, each with a whole budget of a clock that goes on so far at each question.
   */
  private List<TreeSet<Integer>> looks(long nanos) {
    ProcessReader reader = ProcessReader.of(root, Cgroups.of(root).orElseThrow());
    var clock = new AtomicLong();
    return IntStream.range(0, 2)
        .mapToObj(
            _ ->
                reader
                    .read("/app", MAIN, List.of(), new ReadBudget(() -> clock.addAndGet(nanos)))
                    .stream()
                    .map(it -> it.evidence().pid())
                    .collect(Collectors.toCollection(TreeSet::new)))
        .toList();
  }

  private static void assertCutAndGoneOnWith(List<TreeSet<Integer>> looks, int most, int count) {
    assertThat(looks).allSatisfy(look -> assertThat(look).hasSizeLessThanOrEqualTo(most));
    assertThat(looks).allSatisfy(look -> assertThat(look).contains(MAIN));
    var all = new TreeSet<>(looks.getFirst());
    all.addAll(looks.getLast());
    assertThat(all).as("what the first look left out is read in the next").hasSize(count);
  }

  @Test
  void aLookEndsWhenItsTimeIsOverAndTheNextGoesOnThere() throws IOException {
    processes(400);
    assertCutAndGoneOnWith(looks(1_000_000), 260, 400);
  }

  @Test
  void aLookReadsSoManyProcessesAndTheNextGoesOnThere() throws IOException {
    processes(1_200);
    assertCutAndGoneOnWith(looks(0), 1_000, 1_200);
  }

  /** It has given back its memory, and its namespaces, and no zombie is left of it yet. */
  @Test
  void aProcessThatEndsWhileItIsReadIsNone() throws IOException {
    processes(2);
    write("proc/101/status", status(101, "R (running)", "Threads:\t1\n"));
    assertThat(looks(0).getFirst()).containsExactly(MAIN);
  }

  @Test
  void aProcessWhoseFirstThreadHasEndedIsReadByOneThatRuns() throws IOException {
    processes(2);
    write("proc/101/status", status(101, "Z (zombie)", "Threads:\t2\n"));
    write("proc/101/task/101/status", status(101, "Z (zombie)", "Threads:\t2\n"));
    write("proc/101/task/107/status", status(107, "S (sleeping)", "VmSize:\t    2576 kB\n"));
    details("proc/101/task/107");
    assertThat(looks(0).getFirst()).containsExactly(MAIN, 101);
  }

  @Test
  void aZombieIsNoProcess() throws IOException {
    processes(2);
    write("proc/101/status", status(101, "Z (zombie)", "Threads:\t1\n"));
    assertThat(looks(0).getFirst()).containsExactly(MAIN);
  }
}
