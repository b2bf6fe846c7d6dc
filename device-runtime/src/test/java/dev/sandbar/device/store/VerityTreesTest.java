package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.ImageStorePath;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.device.store.ImageStore.Stored;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VerityTreesTest {

  private static final Sha256 OTHER = Sha256.of("another root hash");

  @TempDir private Path root;
  private ImageStore store;
  private Sha256 digest;
  private Sha256 rootHash;

  @BeforeEach
  void storeAnImage() throws IOException {
    byte[] image = new byte[200 * 4096];
    new Random(7).nextBytes(image);
    System.arraycopy("hsqs".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, image, 0, 4);
    Files.createDirectories(root.resolve("srv"));
    Path source = Files.write(root.resolve("srv/app.raw"), image);
    digest = Sha256.of(image);
    rootHash = VerityTree.write(source, digest, root.resolve("srv/tree"));
    store = new ImageStore(root);
    assertThat(store.add("/srv/app.raw", digest)).isInstanceOf(Stored.Kept.class);
  }

  private Path tree() {
    return root.resolve(ImageStorePath.treeOf(digest).substring(1));
  }

  private StoredImage seen() {
    return store.verified().getOrDefault(digest.hex(), StoredImage.plain("none"));
  }

  @Test
  void isMadeOnceAndIsWhatTheSpecSays() throws IOException {
    assertThat(seen().rootHash()).isEmpty();
    assertThat(store.makeTree(digest, rootHash.hex()))
        .isEqualTo(new Stored.Kept(ImageStore.path(digest), true));
    assertThat(seen()).isEqualTo(new StoredImage(ImageStore.path(digest), rootHash.hex()));
    assertThat(tree()).hasSameBinaryContentAs(root.resolve("srv/tree"));
    assertThat(store.makeTree(digest, rootHash.hex()))
        .isEqualTo(new Stored.Kept(ImageStore.path(digest), false));
  }

  @Test
  void anotherRootHashIsRefusedWithTheRightOneAndLeavesNothing() throws IOException {
    assertThat(store.makeTree(digest, OTHER.hex()))
        .isInstanceOfSatisfying(
            Stored.Refused.class,
            it ->
                assertThat(it.message())
                    .contains("not the declared " + OTHER)
                    .contains("write image.rootHash: " + rootHash));
    assertThat(tree()).doesNotExist();
    try (var left = Files.list(root.resolve(PartialImage.DIRECTORY.substring(1)))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void oneThatIsRightStaysWhenAnotherAppDeclaresAWrongOne() throws IOException {
    store.makeTree(digest, rootHash.hex());
    assertThat(store.makeTree(digest, OTHER.hex())).isInstanceOf(Stored.Refused.class);
    assertThat(seen().rootHash()).isEqualTo(rootHash.hex());
  }

  @Test
  void aDamagedOneIsSeenAndMadeAnew() throws IOException {
    store.makeTree(digest, rootHash.hex());
    assertThat(seen().rootHash()).isEqualTo(rootHash.hex());
    byte[] damaged = Files.readAllBytes(tree());
    damaged[damaged.length - 5] ^= 1;
    Files.delete(tree());
    Files.write(tree(), damaged);
    assertThat(seen().rootHash()).isEmpty();
    store.makeTree(digest, rootHash.hex());
    assertThat(seen().rootHash()).isEqualTo(rootHash.hex());
  }

  @Test
  void aLinkInItsPlaceIsNotFollowed() throws IOException {
    Files.createSymbolicLink(tree(), root.resolve("srv/tree"));
    assertThat(seen().rootHash()).isEmpty();
    store.makeTree(digest, rootHash.hex());
    assertThat(tree()).isRegularFile();
    assertThat(Files.isSymbolicLink(tree())).isFalse();
    assertThat(seen().rootHash()).isEqualTo(rootHash.hex());
  }

  @Test
  void goesWithItsImage() throws IOException {
    store.makeTree(digest, rootHash.hex());
    assertThat(store.remove(digest)).isTrue();
    assertThat(tree()).doesNotExist();
  }
}
