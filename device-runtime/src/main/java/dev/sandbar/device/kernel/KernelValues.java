package dev.sandbar.device.kernel;

import dev.sandbar.core.model.KernelSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings of the kernel, as /proc/sys shows them: those of a network to whoever is in that network
 * (proc_sys_net(5)), so they are read in the one of PID 1.
 */
public final class KernelValues {

  /** Of those that apps can ask for, no value has more. */
  private static final int LIMIT = 256;

  private static final Logger LOG = LoggerFactory.getLogger(KernelValues.class);

  private final Path settings;
  private final Path network;

  /**
   * @param root of the device's file system
   */
  public KernelValues(Path root) {
    this.settings = root.resolve("proc/sys");
    this.network = root.resolve("proc/1/ns/net");
  }

  /**
   * Reads them.
   *
   * @param names what is none of {@link KernelSettings} is passed over
   * @return name to value, with one blank between numbers, and empty where the kernel has none;
   *     nothing if they cannot be read now
   */
  public SortedMap<String, String> read(Collection<String> names) {
    List<String> known = names.stream().filter(KernelSettings.all()::containsKey).toList();
    if (known.isEmpty()) {
      return new TreeMap<>();
    }
    try {
      return NetworkEntry.call(network, () -> values(known));
    } catch (IOException e) {
      LOG.debug("query=sysctl {}", e.getMessage());
      return new TreeMap<>();
    }
  }

  private SortedMap<String, String> values(List<String> names) {
    var values = new TreeMap<String, String>();
    names.forEach(name -> values.put(name, value(name)));
    return values;
  }

  private String value(String name) {
    try {
      return ProcFile.read(settings.resolve(KernelSettings.path(name)), LIMIT)
          .strip()
          .replaceAll("\\s+", " ");
    } catch (IOException e) {
      return "";
    }
  }
}
