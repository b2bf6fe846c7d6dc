package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppSecret;
import dev.sandbar.device.fleet.Deliveries;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What secrets for this device are sealed to, for a fleet that has no shell on it. The key is made
 * when it is first asked for. Only systemd can decrypt it, with a TPM2 perhaps, which may take long
 * or fail: that is waited for on a thread of its own, and not done again while the file of the key
 * is the same.
 */
final class DeviceRecipient implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceRecipient.class);

  /** Looks from one that failed to the next try: some ten minutes, one look in five. */
  static final int BETWEEN_TRIES = 2;

  /** Longer than systemd takes, even with a TPM2 and at boot. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  private final SecretKeyFile file;
  private final Duration longest;
  private final Consumer<@Nullable AgeRecipient> found;

  private final Deliveries deliveries = new Deliveries();

  private @Nullable Thread search;

  /** When the first search began. */
  private long first;

  private boolean closed;
  private @Nullable Known known;
  private boolean reported;
  private int waits;
  private String said = "";

  /** Which recipient the file had when it was this one. */
  private record Known(SecretKeyFile.Stamp stamp, AgeRecipient recipient) {}

  /**
   * Nothing is looked for yet.
   *
   * @param longest how long the rest of a report waits for it, before the next look
   * @param found gets the recipient, or null if there is none now: after the first look in any
   *     case, and then whenever that may have changed
   */
  DeviceRecipient(SecretKeyFile file, Duration longest, Consumer<@Nullable AgeRecipient> found) {
    this.file = file;
    this.longest = longest;
    this.found = found;
  }

  /**
   * Looks whether the recipient is known and still the one of the file, and has it found if not.
   * Returns at once.
   *
   * @param systemd its major version
   */
  void look(int systemd) {
    begin(systemd);
    deliveries.deliver();
  }

  private synchronized void begin(int systemd) {
    Thread now = search;
    if (systemd < AppSecret.SINCE_SYSTEMD) {
      if (!reported || known != null) {
        known = null;
        report(null);
      }
      return;
    }
    if (!reported && now != null && System.nanoTime() - first >= longest.toNanos()) {
      report(null);
    }
    if (now != null && now.isAlive()) {
      return;
    }
    if (waits > 0) {
      waits--;
    } else if (known == null || !known.stamp().equals(stamp())) {
      if (now == null) {
        first = System.nanoTime();
      }
      search = Thread.ofVirtual().name("recipient").start(this::search);
    }
  }

  private SecretKeyFile.@Nullable Stamp stamp() {
    try {
      return file.stamp().orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  private void search() {
    try {
      Optional<SecretKeyFile.Stamp> before = file.stamp();
      AgeRecipient recipient = file.recipient();
      // One that was made just now has only its own.
      found(new Known(before.isPresent() ? before.get() : file.stamp().orElseThrow(), recipient));
      deliveries.deliver();
    } catch (IOException | RuntimeException e) {
      // Whatever it is, the device is reported without it.
      failed(e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString());
      deliveries.deliver();
    }
  }

  private synchronized void found(Known now) {
    known = now;
    said = "";
    report(now.recipient());
  }

  private synchronized void failed(String why) {
    if (closed) {
      return;
    }
    known = null;
    waits = BETWEEN_TRIES;
    if (!why.equals(said)) {
      said = why;
      LOG.warn("action=recipient no secrets can be sealed to this device: {}", why);
    }
    report(null);
  }

  private void report(@Nullable AgeRecipient now) {
    reported = true;
    deliveries.add(() -> found.accept(now));
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (search != null) {
      search.interrupt();
    }
  }
}
