package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The settings of the device's kernel that an app needs. A service that the unit of the app starts
 * before it sets them (systemd-sysctl(8)), from a file of the store, so they hold at boot without
 * the agent; in the network of the device, in which the app need not be. The agent starts the same
 * service when somebody has written another value.
 *
 * @param app which needs them
 * @param settings one or more
 */
public record KernelTuning(AppName app, SortedSet<KernelSetting> settings) {

  /** What the unit of an app says, so that it is known what to read of the kernel. */
  public static final String VARIABLE = "SANDBAR_KERNEL_TUNING";

  public KernelTuning {
    settings = Collections.unmodifiableSortedSet(new TreeSet<>(settings));
  }

  /** What an app needs; empty if nothing. */
  public static Optional<KernelTuning> of(AppSpec app) {
    return app.permissions()
        .get(Permission.KERNEL_TUNING)
        .filter(_ -> !app.run().adopts())
        .flatMap(
            request ->
                request.value() instanceof Value.Settings(var settings)
                    ? Optional.of(new KernelTuning(app.name(), new TreeSet<>(settings)))
                    : Optional.empty());
  }

  /** What the store must hold for it. */
  AppFile file() {
    return file(settings);
  }

  /** What sets these: one line each (sysctl.d(5)). No name and no value needs to be quoted. */
  public static AppFile file(Collection<KernelSetting> settings) {
    String text =
        settings.stream()
            .map(it -> "%s = %s\n".formatted(it.name(), it.value()))
            .collect(Collectors.joining());
    return new AppFile("kernel/settings.conf", text, false, Location.NOWHERE);
  }

  /** The name of such a file in the store. */
  public static String storeName(AppFile file) {
    return FileStorePath.name(file);
  }

  /** The service that sets what stands in the file. */
  public static UnitName loader(AppFile file) {
    return new UnitName("sandbard-tuning@" + FileStorePath.name(file) + ".service");
  }

  /** The service that sets them. */
  public UnitName loader() {
    return loader(file());
  }

  /** Name to value. */
  public SortedMap<String, String> declared() {
    var declared = new TreeMap<String, String>();
    settings.forEach(it -> declared.put(it.name(), it.value()));
    return declared;
  }
}
