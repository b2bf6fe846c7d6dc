package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.broker.Broker;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.JournalReader;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {

  /** systemd goes away while the agent starts to listen, as it does on a device that reboots. */
  @Test
  void oneThatFailsLeavesNothingOpen(@TempDir Path root) throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.createSymbolicLink(root.resolve("proc"), Path.of("/proc"));
    Files.createSymbolicLink(root.resolve("sys"), Path.of("/sys"));
    var store = new StateStore(root);
    var options =
        new AgentOptions(
            root, "none", List.of(), DeviceSettings.DEFAULT, Duration.ZERO, Backoff.STANDARD);
    var memory = new Memory(store);
    var inbox = new Inbox();
    var closed = new AtomicInteger();
    // Some are made once for the process.
    open(options, store, memory, inbox, closed);
    Set<Thread> before = threads();
    for (int i = 0; i < 5; i++) {
      open(options, store, memory, inbox, closed);
    }
    assertThat(closed).hasValue(6);
    await()
        .untilAsserted(
            () -> {
              Set<Thread> left = threads();
              left.removeAll(before);
              assertThat(left).isEmpty();
            });
  }

  private static void open(
      AgentOptions options, StateStore store, Memory memory, Inbox inbox, AtomicInteger closed) {
    assertThatThrownBy(
            () ->
                Session.open(
                    systemd(closed),
                    _ -> ReferenceDevice.facts(),
                    options,
                    store,
                    memory,
                    inbox,
                    grants(options)))
        .isInstanceOf(SystemdException.class)
        .hasMessage("went away");
  }

  private static BrokerGrants grants(AgentOptions options) {
    return new BrokerGrants(
        Broker.of(
            options.root(),
            options.busAddress(),
            new StateStore(options.root()),
            new JournalReader(options.reach()),
            (_, _, _, _) -> {}));
  }

  /** Without those that the JVM has for virtual ones, and that of the wait. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(it -> !it.getName().matches("(ForkJoinPool|awaitility|VirtualThread).*"))
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Knows nothing, and fails when it shall tell of events. */
  private static Systemd systemd(AtomicInteger closed) {
    return (Systemd)
        Proxy.newProxyInstance(
            SessionTest.class.getClassLoader(),
            new Class<?>[] {Systemd.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "watch" ->
                      throw new SystemdException(
                          SystemdException.Kind.UNAVAILABLE, "went away", null);
                  case "close" -> closed.incrementAndGet() > 0 ? null : null;
                  case "version" -> "257";
                  default -> empty(method.getReturnType());
                });
  }

  private static @Nullable Object empty(Class<?> type) {
    if (type == boolean.class) {
      return false;
    }
    if (type == String.class) {
      return "";
    }
    return type == List.class
        ? new ArrayList<>()
        : Set.class.isAssignableFrom(type)
            ? new TreeSet<>()
            : Map.class.isAssignableFrom(type) ? new TreeMap<>() : null;
  }
}
