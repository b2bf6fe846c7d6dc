package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sandbar image build}; the images themselves are tested where they are built. */
class ImageBuildCommandTest {

  @TempDir private Path folder;

  private Path root() throws Exception {
    Path root = Files.createDirectories(folder.resolve("root"));
    Files.writeString(root.resolve("pump"), "x");
    return root;
  }

  @Test
  void printsWhatToWriteInTheSpec() throws Exception {
    Path image = folder.resolve("pump.raw");
    var ran = Ran.sandbar("image", "build", root().toString(), image.toString(), "--verity");
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    String sum = Sha256.of(Files.readAllBytes(image)).hex();
    String hash = Files.readString(folder.resolve("pump.roothash")).strip();
    assertThat(ran.out())
        .isEqualTo(
            """
            # 0.0 MiB of pump.raw
            # path: where it lies on the device
            image:
              path: /srv/images/pump.raw
              sha256: %s
              rootHash: %s
            """
                .formatted(sum, hash));
    assertThat(folder.resolve("pump.verity")).isNotEmptyFile();
    var json =
        Ran.sandbar(
            "image", "build", root().toString(), image.toString(), "--verity", "-o", "json");
    assertThat(json.out())
        .contains(
            "\"kind\": \"BuiltImage\"",
            "\"sha256\": \"%s\"".formatted(sum),
            "\"rootHash\": \"%s\"".formatted(hash));
  }

  @Test
  void anIndexOfChunksIsWrittenOnRequest() throws Exception {
    Path image = folder.resolve("pump.squashfs");
    var ran = Ran.sandbar("image", "build", root().toString(), image.toString(), "--chunks");
    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .contains(
            "# oras push HOST/REPOSITORY:TAG pump.squashfs pump.squashfs.chunks:application/vnd.sandbar.chunks.v1");
    byte[] index = Files.readAllBytes(folder.resolve("pump.squashfs.chunks"));
    Sha256 content = Sha256.of(Files.readAllBytes(image));
    assertThat(ChunkIndex.read(index))
        .isInstanceOfSatisfying(
            ChunkIndex.Reading.Usable.class,
            it -> assertThat(it.index().content()).isEqualTo(content));
  }

  @Test
  void timesAreThoseOfTheVariable() throws Exception {
    String root = root().toString();
    String image = folder.resolve("x").toString();
    var ran = Ran.with(Map.of("SOURCE_DATE_EPOCH", "-1"), "", "image", "build", root, image);
    assertThat(ran.err()).contains("SOURCE_DATE_EPOCH is '-1'", "git log");
    assertThat(
            Ran.with(Map.of("SOURCE_DATE_EPOCH", "1700000000"), "", "image", "build", root, image)
                .code())
        .isZero();
  }

  private static String error(String... args) {
    var ran =
        Ran.sandbar(
            Stream.concat(Stream.of("image", "build"), Stream.of(args)).toArray(String[]::new));
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    return ran.err().replaceAll("\\s+", " ");
  }

  @Test
  void saysWhatCannotBeBuilt() throws Exception {
    String root = root().toString();
    String to = folder.resolve("x").toString();
    assertThat(error("./none", to)).contains("'./none' is no folder");
    assertThat(error("pump", to)).contains("has no tag");
    assertThat(error("ghcr.io/a/pump@sha256:12", to)).contains("has no sha256 digest behind the @");
    assertThat(error(root, root + "/x")).contains("lies in the folder that it is made of");
    assertThat(error(root, folder + "/no/x")).contains("there is no folder for");
    assertThat(error(root, to, "--platform", "windows/amd64"))
        .contains("'windows/amd64' is no platform of a device", "linux/arm64");
    assertThat(folder.toFile().list()).containsExactly("root");
    Files.delete(folder.resolve("root/pump"));
    assertThat(error(root, to)).contains("holds nothing");
    assertThat(folder.toFile().list()).containsExactly("root");
  }
}
