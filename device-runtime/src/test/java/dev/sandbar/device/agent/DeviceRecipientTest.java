package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.device.store.CredentialCipher;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.SecretKeyFile;
import dev.sandbar.source.age.AgeRecipient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceRecipientTest {
  private static final int NEW = 257;

  @TempDir private Path root;

  private final Systemd systemd = new Systemd();
  private final List<Optional<AgeRecipient>> found = new CopyOnWriteArrayList<>();
  private SecretKeyFile file = new SecretKeyFile(Path.of("/"), new DurableFiles(), systemd);
  private DeviceRecipient recipient = of(Duration.ZERO);

  /** In the place of systemd: it encrypts nothing, and answers as the test says. */
  private static final class Systemd implements CredentialCipher {
    final AtomicInteger decrypted = new AtomicInteger();
    volatile boolean broken;
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public byte[] encrypt(String name, byte[] secret) throws IOException {
      work();
      return secret.clone();
    }

    @Override
    public byte[] decrypt(String name, byte[] encrypted) throws IOException {
      work();
      decrypted.incrementAndGet();
      return encrypted.clone();
    }

    private void work() throws IOException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
      if (broken) {
        throw new IOException("nothing answers");
      }
    }
  }

  @BeforeEach
  void begin() {
    file = new SecretKeyFile(root, new DurableFiles(), systemd);
    recipient = of(Duration.ofMinutes(10));
  }

  private DeviceRecipient of(Duration longest) {
    return new DeviceRecipient(file, longest, now -> found.add(Optional.ofNullable(now)));
  }

  @AfterEach
  void end() {
    recipient.close();
  }

  private void lookUntil(BooleanSupplier done) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              recipient.look(NEW);
              return done.getAsBoolean();
            });
  }

  private Path key() {
    return root.resolve(SecretKeyFile.PATH.substring(1));
  }

  @Test
  void theKeyIsMadeAndDecryptedOnce() throws IOException {
    lookUntil(() -> found.stream().anyMatch(Optional::isPresent));
    int once = systemd.decrypted.get();
    int reports = found.size();
    for (int i = 0; i < 100; i++) {
      recipient.look(NEW);
    }
    assertThat(systemd.decrypted).hasValue(once).hasValue(1);
    assertThat(found).hasSize(reports);
    assertThat(found.getLast()).contains(file.recipient());
  }

  /** That is how a device gets another one. */
  @Test
  void aKeyThatIsRemovedIsMadeAnewAndReported() throws IOException {
    lookUntil(() -> found.stream().anyMatch(Optional::isPresent));
    Optional<AgeRecipient> first = found.getLast();
    Files.delete(key());
    lookUntil(() -> !found.getLast().equals(first));
    lookUntil(() -> found.getLast().isPresent());
    assertThat(found.getLast()).isNotEqualTo(first).contains(file.recipient());
  }

  @Test
  void anOlderSystemdIsNotAsked() {
    recipient.look(252);
    recipient.look(252);
    assertThat(found).containsExactly(Optional.empty());
    assertThat(key()).doesNotExist();
  }

  @Test
  void whatSystemdRefusesIsTriedAgainAfterAWhile() {
    systemd.broken = true;
    lookUntil(() -> !found.isEmpty());
    assertThat(found).containsExactly(Optional.empty());
    systemd.broken = false;
    for (int i = 0; i < DeviceRecipient.BETWEEN_TRIES / 2; i++) {
      recipient.look(NEW);
    }
    assertThat(found).as("not at once").containsExactly(Optional.empty());
    lookUntil(() -> found.getLast().isPresent());
  }

  @Test
  void aSystemdThatHangsHoldsNoReportUp() {
    systemd.gate = new CountDownLatch(1);
    recipient.look(NEW);
    recipient.look(NEW);
    assertThat(found).as("it may still come").isEmpty();
    recipient = of(Duration.ZERO);
    recipient.look(NEW);
    assertThat(found).isEmpty();
    recipient.look(NEW);
    recipient.look(NEW);
    assertThat(found).containsExactly(Optional.empty());
    systemd.gate.countDown();
    // The first one's search too, which writes into the folder that is removed after this.
    await().atMost(Duration.ofSeconds(30)).until(() -> found.size() == 3);
    assertThat(found).anyMatch(Optional::isPresent);
  }

  @Test
  void aFileThatIsNoKeyIsNotReported() throws IOException {
    Files.createDirectories(key().getParent());
    Files.createSymbolicLink(key(), Path.of("/etc/passwd"));
    lookUntil(() -> !found.isEmpty());
    assertThat(found).containsExactly(Optional.empty());
  }

  /** Who is told may wait for another thread that looks. */
  @Test
  void whoIsToldMayAskBack() throws InterruptedException {
    var told = new CountDownLatch(1);
    recipient =
        new DeviceRecipient(
            file,
            Duration.ofMinutes(10),
            _ -> {
              DeviceRecipient same = recipient;
              var other = Thread.ofVirtual().start(() -> same.look(NEW));
              try {
                if (other.join(Duration.ofSeconds(20))) {
                  told.countDown();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    recipient.look(NEW);
    assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
  }
}
