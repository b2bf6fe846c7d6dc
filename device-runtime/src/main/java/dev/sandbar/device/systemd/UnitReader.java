package dev.sandbar.device.systemd;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.RawProperties;
import java.util.Collection;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Reads some properties of many units, again and again. What did not change since the last time is
 * handed out as the same objects.
 *
 * <p>Not safe for use by several threads at once.
 */
public interface UnitReader {

  /** Which of a unit's properties. */
  enum Part {
    /** Those of all its interfaces. systemd looks for its files on disk to answer. */
    ALL,
    /** Those of the interface of its type alone, as a service's or a slice's; half as dear. */
    OWN
  }

  /**
   * Reads, and if necessary loads, the units, in their order. systemd works on the answers to come
   * while the caller takes one in.
   *
   * @param told takes each answer in; on the calling thread
   * @throws SystemdException as the calls of {@link Systemd}
   */
  void read(
      Collection<UnitName> units,
      Function<UnitName, Part> part,
      BiConsumer<UnitName, RawProperties> told);
}
