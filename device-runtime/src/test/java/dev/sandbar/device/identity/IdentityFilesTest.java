package dev.sandbar.device.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.device.identity.IdentityEncryption.KeyUnavailableException;
import dev.sandbar.device.store.Checkpoints;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.device.store.TpmKeys;
import dev.sandbar.device.testing.SimulatedTpm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the files of an identity hold on a device with a TPM2, and what a crash leaves of them. */
class IdentityFilesTest {
  private static final IdentityKind KIND = IdentityKind.CLIENT_CERTIFICATE;

  @TempDir private Path folder;

  private final SimulatedTpm tpm = new SimulatedTpm();
  private final List<Path> crashes = new ArrayList<>();
  private long nanos;

  @BeforeEach
  void prepare() throws IOException {
    files(TpmKeys.NONE).prepare();
  }

  private Path disk() {
    return folder.resolve("disk");
  }

  private IdentityFiles files(TpmKeys keys) {
    return files(disk(), keys, new DurableFiles());
  }

  private IdentityFiles files(Path root, TpmKeys keys, DurableFiles how) {
    return new IdentityFiles(root, keys, how, () -> nanos);
  }

  /** Copies the disk after every step of every write: that is what a power cut leaves there. */
  private IdentityFiles crashing(TpmKeys keys) {
    return files(disk(), keys, Checkpoints.files(_ -> crash()));
  }

  private void crash() {
    Path copy = folder.resolve("crash-" + crashes.size());
    try (Stream<Path> all = Files.walk(disk())) {
      for (Path file : all.toList()) {
        Files.copy(file, copy.resolve(disk().relativize(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    crashes.add(copy);
  }

  private static String everything(Path root) throws IOException {
    var text = new StringBuilder();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        text.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return text.toString();
  }

  private static void assertNothingInTheClear(Path root, DeviceKey... keys) throws IOException {
    String all = everything(root);
    assertThat(all).doesNotContain("PRIVATE KEY").doesNotContain("the-token");
    for (DeviceKey key : keys) {
      String secret = Base64.getEncoder().encodeToString(key.privateKey().getEncoded());
      assertThat(all.replace("\n", "")).doesNotContain(secret.substring(0, 60));
    }
  }

  @Test
  void nothingSecretStandsOnTheDisk() throws Exception {
    IdentityFiles files = files(tpm);
    DeviceKey first = files.enrolmentKey(KIND);
    DeviceKey next = files.renewalKey();
    files.writeClient(next, "the chain");
    files.writeToken("the-token");
    assertNothingInTheClear(disk(), first, next);
    assertThat(files.isEncrypted(KIND)).isTrue();
    assertThat(files.isEncrypted(IdentityKind.SERVICE_ACCOUNT)).isTrue();

    int before = tpm.questions();
    IdentityFiles later = files(tpm);
    assertThat(later.enrolmentKey(KIND).spki()).isEqualTo(first.spki());
    assertThat(later.renewalKey().spki()).isEqualTo(next.spki());
    assertThat(later.clientPem().orElseThrow()).startsWith("-----BEGIN PRIVATE").endsWith("chain");
    assertThat(later.tokenBytes().orElseThrow()).asString().isEqualTo("the-token");
    assertThat(tpm.questions()).as("once in the life of a process").isEqualTo(before + 1);
  }

  @ParameterizedTest
  @EnumSource
  void aPowerCutWhileTheyAreEncryptedLeavesThemUsable(IdentityKind kind) throws Exception {
    IdentityFiles plain = files(TpmKeys.NONE);
    DeviceKey first = plain.enrolmentKey(kind);
    plain.writeClient(first, "the chain");
    plain.writeToken("the-token");
    DeviceKey next = plain.renewalKey();
    assertThat(everything(disk())).contains("PRIVATE KEY", "the-token");
    // An agent that was killed while it wrote left this behind.
    Files.write(plain.directory().resolve(".key.pem.0123456789abcdef.sandbar-new"), first.pem());

    crashing(tpm).encrypt();

    crashes.add(disk());
    assertThat(crashes).hasSize(4 * Checkpoints.perWrite() + 1);
    for (Path left : crashes) {
      IdentityFiles again = files(left, tpm, new DurableFiles());
      assertHas(again, kind, first, next);
      again.encrypt();
      assertHas(again, kind, first, next);
      assertNothingInTheClear(left, first, next);
      try (Stream<Path> all = Files.list(again.directory())) {
        assertThat(all).noneMatch(file -> file.getFileName().toString().startsWith("."));
      }
    }
  }

  private static void assertHas(
      IdentityFiles files, IdentityKind kind, DeviceKey first, DeviceKey next) throws Exception {
    assertThat(files.enrolmentKey(kind).spki()).isEqualTo(first.spki());
    assertThat(files.renewalKey().spki()).isEqualTo(next.spki());
    assertThat(files.clientPem().orElseThrow())
        .isEqualTo(new String(first.pem(), StandardCharsets.US_ASCII) + "the chain");
    assertThat(files.tokenBytes().orElseThrow()).asString().isEqualTo("the-token");
  }

  @Test
  void whatWasInTheClearIsOverwrittenInItsPlace() throws Exception {
    files(TpmKeys.NONE).writeToken("the-token");
    Path before = folder.resolve("before");
    Files.createLink(before, files(tpm).token());

    files(tpm).encrypt();

    assertThat(before).hasBinaryContent(new byte["the-token".length()]);
  }

  @Test
  void aPowerCutInARenewalLeavesTheOldOneOrTheNewOne() throws Exception {
    DeviceKey first = files(tpm).enrolmentKey(KIND);
    files(tpm).writeClient(first, "the first chain");

    IdentityFiles renewing = crashing(tpm);
    DeviceKey next = renewing.renewalKey();
    renewing.writeClient(next, "the second chain");
    renewing.forgetRenewal();

    for (Path left : crashes) {
      assertNothingInTheClear(left, first, next);
      String client = files(left, tpm, new DurableFiles()).clientPem().orElseThrow();
      assertThat(client)
          .isIn(
              new String(first.pem(), StandardCharsets.US_ASCII) + "the first chain",
              new String(next.pem(), StandardCharsets.US_ASCII) + "the second chain");
    }
    assertThat(crashes).hasSize(2 * Checkpoints.perWrite());
  }

  @Test
  void aBusyTpmIsAskedAgainAndNothingIsLost() throws Exception {
    DeviceKey first = files(tpm).enrolmentKey(KIND);
    files(tpm).writeClient(first, "the chain");
    String before = everything(disk());

    tpm.failing(true);
    IdentityFiles files = files(tpm);
    int asked = tpm.questions();
    for (int i = 0; i < 3; i++) {
      files.encrypt();
      assertThatThrownBy(files::clientPem)
          .isInstanceOf(KeyUnavailableException.class)
          .hasMessageContaining("cleared or replaced, or does not answer: it is busy");
    }
    assertThat(tpm.questions()).as("not with each request").isEqualTo(asked + 1);
    assertThat(everything(disk())).isEqualTo(before);

    for (int second = 1; second < 3600; second++) {
      nanos = Duration.ofSeconds(second).toNanos();
      assertThatThrownBy(files::clientPem).isInstanceOf(KeyUnavailableException.class);
    }
    assertThat(tpm.questions() - asked).as("less and less often").isBetween(8, 12);

    tpm.failing(false);
    assertThatThrownBy(files::clientPem).isInstanceOf(KeyUnavailableException.class);
    nanos = Duration.ofMinutes(70).toNanos();
    assertThat(files.clientPem().orElseThrow()).endsWith("the chain");
  }

  @Test
  void aTpmThatIsMissingIsNamed() throws Exception {
    DeviceKey first = files(tpm).enrolmentKey(KIND);
    files(tpm).writeClient(first, "the chain");
    tpm.missing(true);
    assertThatThrownBy(files(tpm)::clientPem)
        .isInstanceOf(KeyUnavailableException.class)
        .hasMessageContaining("the device has none");
  }

  @Test
  void whereTheTpmCannotBeUsedTheFilesStayInTheClearUntilItCan() throws Exception {
    tpm.failing(true);
    IdentityFiles files = files(tpm);
    DeviceKey first = files.enrolmentKey(KIND);
    files.writeClient(first, "the chain");
    assertThat(files.isEncrypted(KIND)).isFalse();
    assertThat(tpm.questions()).as("not for each file").isEqualTo(1);

    tpm.failing(false);
    files.encrypt();
    assertThat(files.isEncrypted(KIND)).isFalse();
    nanos = Duration.ofMinutes(61).toNanos();
    files.encrypt();
    assertThat(files.isEncrypted(KIND)).isTrue();
    assertNothingInTheClear(disk(), first);
  }

  @Test
  void withAnotherTpmANewKeyStandsBesideTheOldOneUntilTheClusterTakesIt() throws Exception {
    DeviceKey first = files(tpm).enrolmentKey(KIND);
    files(tpm).writeClient(first, "the first chain");
    var other = new SimulatedTpm();

    DeviceKey second = files(other).enrolmentKey(KIND);
    assertThat(second.spki()).isNotEqualTo(first.spki());
    assertThat(files(other).enrolmentKey(KIND).spki()).as("goes on").isEqualTo(second.spki());
    assertThat(files(tpm).enrolmentKey(KIND).spki()).as("comes back").isEqualTo(first.spki());
    assertThat(files(tpm).clientPem().orElseThrow()).endsWith("the first chain");
    assertNothingInTheClear(disk(), first, second);

    IdentityFiles enrolling = crashing(other);
    enrolling.adoptKey(second);
    enrolling.writeClient(second, "the second chain");
    crashes.add(disk());
    for (Path left : crashes) {
      IdentityFiles again = files(left, other, new DurableFiles());
      assertThat(again.enrolmentKey(KIND).spki()).isEqualTo(second.spki());
      again.adoptKey(second);
      again.writeClient(second, "the second chain");
      assertThat(again.clientPem().orElseThrow()).endsWith("the second chain");
      assertThat(again.directory().resolve("key.new.pem")).doesNotExist();
    }
  }

  @Test
  void aReturnedTpmForgetsTheKeyThatWasMadeWithoutIt() throws Exception {
    DeviceKey first = files(tpm).enrolmentKey(KIND);
    DeviceKey _ = files(new SimulatedTpm()).enrolmentKey(KIND);
    IdentityFiles back = files(tpm);
    back.adoptKey(back.enrolmentKey(KIND));
    assertThat(back.enrolmentKey(KIND).spki()).isEqualTo(first.spki());
    assertThat(back.directory().resolve("key.new.pem")).doesNotExist();
  }

  @Test
  void whatWasChangedIsNoKeyThatAnotherTpmHas() throws Exception {
    files(tpm).writeToken("the-token");
    Path token = files(tpm).token();
    String text = Files.readString(token);
    int last = text.indexOf("-----END SANDBAR ENCRYPTED") - 6;
    char other = text.charAt(last) == 'A' ? 'B' : 'A';
    Files.writeString(token, text.substring(0, last) + other + text.substring(last + 1));
    assertThatThrownBy(files(tpm)::tokenBytes)
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(KeyUnavailableException.class)
        .hasMessage("it was changed since it was encrypted");
  }
}
