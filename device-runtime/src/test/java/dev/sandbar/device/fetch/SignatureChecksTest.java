package dev.sandbar.device.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.signature.TestSigner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignatureChecksTest {

  private static final Sha256 IMAGE = Sha256.of("image");
  private static final String KEY = "/etc/sandbar/keys/acme.pub";

  @TempDir private Path folder;

  /** Without a verdict the app would stay as it is, with an unsigned image too. */
  @Test
  void anImageThatCannotBeJudgedIsRefused() throws Exception {
    TestSigner.fresh().write(folder.resolve(KEY.substring(1)));
    // Every reader of specs refuses such a host; no address can be made of it.
    var source = new ImageSource.Registry("not a host", "acme/pump");
    var policy = new ImagePolicy(List.of(new ImagePolicy.Signer(KEY, List.of())), List.of());
    var settings = DeviceSettings.DEFAULT.with(DeviceSettings.DEFAULT.policy().with(policy));
    var ended = new CountDownLatch(1);
    try (var checks =
        new SignatureChecks(
            new ImageSignatures(Files.createDirectories(folder), settings),
            _ -> Duration.ofDays(1),
            ended::countDown)) {
      assertThat(checks.verdict(source, IMAGE)).as("nobody can say yet").isEmpty();
      assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(checks.verdict(source, IMAGE))
          .get()
          .isInstanceOfSatisfying(
              SignatureVerdict.Bad.class,
              bad -> assertThat(bad.why()).contains("an error in Sandbar"));
    }
  }
}
