package dev.sandbar.device.apply;

import dev.sandbar.core.compile.KernelTuning;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.apply.SettingChanges.Change;
import dev.sandbar.device.kernel.KernelValues;
import dev.sandbar.device.store.FileStore;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers what settings of the kernel were before apps needed other values, and has them set back
 * when no app needs them any more. The values of apps are set by services that their units start
 * ({@link KernelTuning}); the agent itself writes no setting.
 */
final class KernelSettingsKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(KernelSettingsKeeper.class);

  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** What the kernel shows, and what has no meaning of its own in a file of sysctl.d(5). */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]+( [A-Za-z0-9_-]+)*+");

  private final Machine machine;
  private final KernelValues values;
  private final SettingChanges known;

  KernelSettingsKeeper(Machine machine) {
    this.machine = machine;
    this.values = new KernelValues(machine.root());
    this.known = new SettingChanges(new StateStore(machine.root()));
  }

  /**
   * Remembers what these change, before they do.
   *
   * @param needed what apps need that are there or about to be
   * @param all whether these are all, so that other settings go back
   */
  void keep(Collection<KernelTuning> needed, boolean all) {
    try {
      known.load();
      SortedMap<String, SortedSet<String>> wanted = byName(needed);
      remember(wanted);
      if (all) {
        undo(wanted.keySet());
      }
    } catch (IOException | SystemdException e) {
      LOG.warn(
          "action=tune outcome=failed reason=\"{}\" next=\"kernel settings that no app needs stay"
              + " as they are; the next round tries again\"",
          WriteFailure.explain(e));
    }
  }

  private static SortedMap<String, SortedSet<String>> byName(Collection<KernelTuning> needed) {
    var wanted = new TreeMap<String, SortedSet<String>>();
    for (KernelTuning tuning : needed) {
      for (KernelSetting setting : tuning.settings()) {
        wanted.computeIfAbsent(setting.name(), _ -> new TreeSet<>()).add(setting.value());
      }
    }
    return wanted;
  }

  /** What the kernel does not have yet, such as one of a module, is remembered when it has it. */
  private void remember(SortedMap<String, SortedSet<String>> wanted) throws IOException {
    var next = new TreeMap<>(known.all());
    SortedMap<String, String> current =
        values.read(wanted.keySet().stream().filter(it -> !next.containsKey(it)).toList());
    wanted.forEach(
        (name, needed) -> {
          Change change = next.get(name);
          if (change != null) {
            next.put(name, change.and(needed));
          } else if (!current.getOrDefault(name, "").isEmpty()) {
            next.put(name, new Change(current.getOrDefault(name, ""), needed));
          }
        });
    known.keep(next);
  }

  private void undo(Collection<String> wanted) throws IOException {
    var spare = new TreeMap<>(known.all());
    spare.keySet().removeAll(wanted);
    if (spare.isEmpty()) {
      return;
    }
    SortedMap<String, String> current = values.read(spare.keySet());
    if (current.isEmpty()) {
      throw new IOException("the settings of the kernel cannot be read");
    }
    var back = new ArrayList<KernelSetting>();
    spare.forEach(
        (name, change) -> {
          if (change.isUndone(current.getOrDefault(name, ""))
              && PLAIN.matcher(change.before()).matches()) {
            back.add(new KernelSetting(name, change.before()));
          } else {
            LOG.info("setting={} action=forget value=\"{}\"", name, current.get(name));
          }
        });
    if (!back.isEmpty()) {
      set(back);
      LOG.info("settings=\"{}\" action=restore", back);
    }
    var next = new TreeMap<>(known.all());
    next.keySet().retainAll(wanted);
    known.keep(next);
  }

  private void set(List<KernelSetting> back) throws IOException {
    AppFile file = KernelTuning.file(back);
    FileStore store = FileStore.of(machine.root(), machine.files());
    store.add(file);
    UnitName loader = KernelTuning.loader(file);
    JobOutcome outcome =
        machine.systemd().run(List.of(new Job(Verb.START, loader)), LIMIT).getFirst();
    if (!outcome.done()) {
      throw new SystemdException(
          SystemdException.Kind.REFUSED,
          "%s did not set %s: %s".formatted(loader, back, outcome.result()),
          null);
    }
    store.remove(KernelTuning.storeName(file));
  }
}
