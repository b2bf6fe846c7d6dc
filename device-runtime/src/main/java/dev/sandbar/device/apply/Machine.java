package dev.sandbar.device.apply;

import dev.sandbar.device.fetch.ImageFetch;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdAnalyze;
import java.nio.file.Path;

/**
 * Everything through which a device is changed.
 *
 * @param root of its file system; {@code /} on the device itself
 * @param fetch what brings images into the store from elsewhere
 */
public record Machine(
    Path root,
    Systemd systemd,
    SystemdAnalyze analyze,
    DurableFiles files,
    UnitDirectories units,
    ImageStore images,
    ImageFetch fetch) {}
