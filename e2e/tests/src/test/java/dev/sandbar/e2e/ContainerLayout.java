package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A folder with a container image, as build tools leave it (OCI image layout). */
final class ContainerLayout {

  private static final String DESCRIPTOR =
      "{\"mediaType\":\"application/vnd.oci.image.%s\",\"digest\":\"sha256:%s\",\"size\":%d}";

  private final Path folder;
  private final List<byte[]> layers = new ArrayList<>();
  private String type = "layer.v1.tar";

  ContainerLayout(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder.resolve("blobs/sha256"));
  }

  /** Adds the content of a folder as the next layer. */
  ContainerLayout layer(Path content) throws IOException, InterruptedException {
    Path archive = folder.resolve("layer.tar");
    run("tar", "--numeric-owner", "-C", content.toString(), "-cf", archive.toString(), ".");
    layers.add(Files.readAllBytes(archive));
    Files.delete(archive);
    return this;
  }

  /** Adds a layer as it is, by gzip. */
  ContainerLayout packed(byte[] layer) {
    layers.add(layer);
    type = "layer.v1.tar+gzip";
    return this;
  }

  /** What is in an image, as a folder. */
  static Path unpacked(Path image, Path to) throws IOException, InterruptedException {
    run("unsquashfs", "-quiet", "-no-progress", "-d", to.toString(), image.toString());
    return to;
  }

  /** Of the manifest, once it is written. */
  String digest() throws IOException {
    Matcher digest =
        Pattern.compile("sha256:[0-9a-f]{64}")
            .matcher(Files.readString(folder.resolve("index.json")));
    assertThat(digest.find()).isTrue();
    return digest.group();
  }

  /** Writes it; skopeo calls it so. */
  String written() throws IOException {
    String digests =
        layers.stream()
            .map(layer -> "\"sha256:" + Sha256.of(layer) + "\"")
            .collect(Collectors.joining(","));
    String config =
        blob(
            "config.v1+json",
            "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
                .formatted(System.getProperty("os.arch").replace("aarch64", "arm64"), digests));
    var descriptors = new ArrayList<String>();
    for (byte[] layer : layers) {
      descriptors.add(blob(type, layer));
    }
    String manifest =
        blob(
            "manifest.v1+json",
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":%s,\"layers\":[%s]}"
                .formatted(config, String.join(",", descriptors)));
    Files.writeString(
        folder.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest));
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return "oci:" + folder;
  }

  private String blob(String type, String content) throws IOException {
    return blob(type, content.getBytes(StandardCharsets.UTF_8));
  }

  private String blob(String type, byte[] content) throws IOException {
    Sha256 digest = Sha256.of(content);
    Files.write(folder.resolve("blobs/sha256/" + digest), content);
    return DESCRIPTOR.formatted(type, digest, content.length);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + "\n" + out).isZero();
  }
}
