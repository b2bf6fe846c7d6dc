package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.ImageStore;
import dev.sandbar.device.store.VerityTree;
import dev.sandbar.vdev.Suite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Images of which the kernel checks each block, on devices without device mapper: the app is
 * refused, and systemd and libcryptsetup take image, tree and root hash as far as the call to the
 * kernel. {@link VerityOnEmulatedDevice} has a kernel that checks. The tree itself is compared with
 * cryptsetup's elsewhere.
 */
class VerityTest {

  private static final String BY_HAND = "/run/systemd/system/by-hand.service";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"TRIXIE", "FORKY"})
  void isRefusedWhereTheKernelCannotCheckAndSystemdStartsNothingEither(Suite suite)
      throws Exception {
    try (var bench = Workbench.boot(suite, Map.of(), "")) {
      bench.declare(Map.of("pump", bench.probe("pump", "", "")));
      bench.awaitReady(List.of("pump"));
      String invocation = Apps.invocation(bench.device(), "pump");
      Sha256 rootHash = rootHash(bench);
      bench.declare(Map.of("pump", withRootHash(bench, rootHash.hex())));
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(bench.problems().toString())
                      .contains("dm-verity for root images")
                      .contains("remove image.rootHash"));
      assertThat(Apps.invocation(bench.device(), "pump")).isEqualTo(invocation);
      assertThat(Apps.state(bench.device(), "pump")).isEqualTo("active");

      DeviceFacts facts = bench.facts();
      assertThat(facts.has(Feature.IMAGE_VERITY)).isFalse();
      CompiledApp app =
          switch (Workbench.compilation(
              withRootHash(bench, rootHash.hex()), facts.with(Feature.IMAGE_VERITY, true))) {
            case Compilation.Compiled(var compiled, _) -> compiled;
            case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
          };
      var store = new ImageStore(bench.device().root());
      assertThat(store.makeTree(digest(bench), rootHash.hex()))
          .isInstanceOf(ImageStore.Stored.Kept.class);

      bench.device().write(BY_HAND, app.text());
      assertThat(bench.sh("systemctl daemon-reload; systemctl start by-hand || true; echo done"))
          .contains("done");
      assertThat(bench.sh("systemctl show --value -p Result,ExecMainStatus by-hand"))
          .contains("exit-code", "226");
      assertThat(bench.sh("systemctl show --value -p RootHash,RootVerity,RootImagePolicy by-hand"))
          .contains(rootHash.hex(), ".verity", "root=verity");
      assertThat(bench.sh("journalctl --no-pager --output=cat -u by-hand"))
          .contains("device-mapper");

      // It is the root hash alone that is in the way.
      bench
          .device()
          .write(
              BY_HAND,
              app.text().replaceAll("(?m)^(RootHash|RootVerity|RootImagePolicy)=.*\n", ""));
      bench.sh("systemctl daemon-reload; systemctl reset-failed by-hand; systemctl start by-hand");
      assertThat(bench.sh("systemctl is-active by-hand")).contains("active");
    }
  }

  private static String withRootHash(Workbench bench, String rootHash) {
    return bench
        .probe("pump", "", "")
        .replaceFirst("(sha256: \"?[0-9a-f]{64}\"?)", "$1, rootHash: \"" + rootHash + "\"");
  }

  private static Sha256 digest(Workbench bench) {
    return new Sha256(
        bench.probe("pump", "", "").replaceAll("(?s).*sha256: \"?([0-9a-f]{64}).*", "$1"));
  }

  private Sha256 rootHash(Workbench bench) throws Exception {
    Sha256 digest = digest(bench);
    Path image = bench.device().root().resolve(ImageStore.path(digest).substring(1));
    Path tree = folder.resolve("tree-" + System.nanoTime());
    Sha256 hash = VerityTree.write(image, digest, tree);
    Files.delete(tree);
    return hash;
  }
}
