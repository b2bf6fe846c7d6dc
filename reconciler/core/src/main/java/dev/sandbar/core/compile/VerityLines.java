package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Root;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * An image of which the kernel checks each block when it is read (systemd.exec(5), RootHash).
 *
 * <p>By itself a root hash is no check: systemd mounts an image of which it finds no tree as it is,
 * unless RootImagePolicy forbids it.
 */
final class VerityLines {

  static final String BECAUSE = "image.rootHash";

  /** What such an app has not: systemd could not start it. */
  static final String IPC_NAMESPACE = "PrivateIPC";

  private static final String POLICY = "root=verity";
  private static final String ROOT_HASH = "RootHash";

  /** System V IPC and POSIX message queues: what each IPC namespace has of its own. */
  private static final List<String> IPC_CALLS =
      List.of(
          "ipc",
          "mq_getsetattr",
          "mq_notify",
          "mq_open",
          "mq_timedreceive",
          "mq_timedreceive_time64",
          "mq_timedsend",
          "mq_timedsend_time64",
          "mq_unlink",
          "msgctl",
          "msgget",
          "msgrcv",
          "msgsnd",
          "semctl",
          "semget",
          "semop",
          "semtimedop",
          "semtimedop_time64",
          "shmat",
          "shmctl",
          "shmdt",
          "shmget");

  /** The group that has them, beside calls that need no namespace. */
  private static final String IPC_GROUP = "@ipc";

  /** Queues can be made there by open(2) too (mq_overview(7)). */
  private static final String QUEUES = "-/dev/mqueue";

  private VerityLines() {}

  static void write(Draft draft, AppSpec app) {
    if (app.root() instanceof Root.Image image && image.checked()) {
      draft.service("RootVerity", EscapedText.raw(ImageStorePath.treeOf(image.digest())), BECAUSE);
      draft.service(ROOT_HASH, EscapedText.words(List.of(image.rootHash())), BECAUSE);
      draft.service("RootImagePolicy", EscapedText.raw(POLICY), BECAUSE);
    }
  }

  /** What a spec asks for by name, and such an app cannot have. */
  private static void check(AppSpec app, Complaints complaints) {
    app.systemCalls().allow().forEach(call -> refuse(call.name(), call.at(), complaints));
  }

  private static void refuse(String call, Location at, Complaints complaints) {
    if (call.equals(IPC_GROUP) || IPC_CALLS.contains(call)) {
      complaints.error(
          Problem.CONFLICT,
          at,
          "systemCalls.allow: an app with image.rootHash cannot have %s: it has no System V IPC and no message queues"
              .formatted(call),
          "remove it, or image.rootHash; pipes and memfd_create need no entry");
    }
  }

  /**
   * The lines with those that hold what an IPC namespace would.
   *
   * <p>systemd makes the device of dm-verity in the namespaces of the service already, and waits on
   * a semaphore until udev has seen it. In an IPC namespace of its own nobody else has that
   * semaphore: the start runs into its time limit (seen on systemd 257 and 262).
   */
  static List<Directive> withoutIpc(
      AppSpec app, List<Directive> lines, DeviceFacts facts, Complaints complaints) {
    if (!facts.has(Feature.SECCOMP) || !isIpcNamespaceOfImage(lines)) {
      return lines;
    }
    check(app, complaints);
    int after = 0;
    for (int i = 0; i < lines.size(); i++) {
      String name = lines.get(i).name();
      if (name.equals(RawWalls.FILTER) || name.equals(IPC_NAMESPACE)) {
        after = i + 1;
      }
    }
    var held = new ArrayList<>(lines);
    held.add(
        after,
        new Directive(
            Draft.SERVICE,
            RawWalls.FILTER,
            ipcCalls(facts).stream().collect(Collectors.joining(" ", "~", "")),
            BECAUSE));
    held.add(after + 1, new Directive(Draft.SERVICE, Draft.HIDING, QUEUES, BECAUSE));
    return held;
  }

  /** Whether systemd could not start it. */
  static boolean isIpcNamespaceOfImage(List<Directive> lines) {
    boolean checked = false;
    boolean namespace = false;
    for (Directive line : lines) {
      if (line.name().equals(ROOT_HASH)) {
        checked = true;
      } else if (line.name().equals(IPC_NAMESPACE)) {
        namespace = line.value().equals("yes");
      }
    }
    return checked && namespace;
  }

  /** Those that this systemd knows. */
  static SortedSet<String> ipcCalls(DeviceFacts facts) {
    var calls = new TreeSet<>(IPC_CALLS);
    if (!facts.knownSyscalls().isEmpty()) {
      calls.retainAll(facts.knownSyscalls());
    }
    return Collections.unmodifiableSortedSet(calls);
  }
}
