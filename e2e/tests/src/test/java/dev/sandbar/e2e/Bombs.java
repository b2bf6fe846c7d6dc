package dev.sandbar.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.vdev.VirtualDevice;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/**
 * Small inputs that take much, over the boundaries of a device that follows a repository: its
 * agent, as it is packaged, goes on as the same process, says which of them is too large, and
 * applies the next change.
 */
final class Bombs {
  private static final int BLOCK = 512;
  private static final String TOO_LARGE = "too large|more than [0-9]+";

  private final VirtualDevice device;
  private final RealRegistry registry;
  private final HostileServer server;
  private final GitRepository repository;
  private final Path folder;
  private int changes;

  Bombs(
      VirtualDevice device,
      RealRegistry registry,
      HostileServer server,
      GitRepository repository,
      Path folder) {
    this.device = device;
    this.registry = registry;
    this.server = server;
    this.repository = repository;
    this.folder = folder;
  }

  void areSurvived() throws Exception {
    String agent = agent();
    String sleeper = Apps.pid(device, "sleeper");
    declared("many files of one blob", 60, "data: [" + "a,".repeat(24_000) + "a]");
    declared("flow lists", 30, "data: [" + "a,".repeat(7_000) + "a]");
    declared("keys", 30, "data: {" + keys() + "}");
    // Stands for the program that packs: names are counted before it has all of them.
    device.write("/usr/local/bin/sqfstar", "#!/bin/sh\nexec cat >/dev/null\n");
    device.exec("chmod", "755", "/usr/local/bin/sqfstar").orThrow();
    image("links", layered(links()), "its layers have names");
    image("names", layered(names()), "its layers have names");
    image("directories", layered(directories()), "a layer has more than");
    image("chunks", chunked(), "could not be set up");
    var servers = new ServerBombs(device, server, repository);
    servers.ofGit();
    nextChangeArrives();
    servers.ofARegistry();
    nextChangeArrives();
    assertThat(agent()).as("the same process").isEqualTo(agent);
    assertThat(Apps.pid(device, "sleeper")).isEqualTo(sleeper);
    assertThat(journal())
        .containsPattern(
            System.getProperty("only") != null
                ? ""
                : "acme/chunks.* action=(assemble|fetch the index of chunks)")
        .doesNotContain("OutOfMemoryError", "StackOverflowError", "memory than", "no memory left");
  }

  private String agent() {
    return device
        .exec("systemctl", "show", "--value", "--property", "MainPID", "sandbard.service")
        .orThrow()
        .strip();
  }

  private String journal() {
    return device.exec("journalctl", "--no-pager", "-u", "sandbard.service", "-o", "cat").stdout();
  }

  private static String keys() {
    var text = new StringBuilder();
    for (int i = 0; i < 2_800; i++) {
      text.append('k').append(i).append(":,");
    }
    return text.toString();
  }

  /** As ConfigMaps of a repository, which are one blob there. */
  private void declared(String what, int files, String data) throws IOException {
    String map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n" + data + "\n";
    assertThat(device.read("/run/sandbar/status.json")).doesNotContainPattern(TOO_LARGE);
    for (int i = 0; i < files; i++) {
      repository.write("bomb" + i + ".yaml", map);
    }
    repository.commitAll("A bomb");
    awaitStatus(what);
    for (int i = 0; i < files; i++) {
      repository.delete("bomb" + i + ".yaml");
    }
    nextChangeArrives();
  }

  private void image(String name, String digest, String why) throws IOException {
    repository.commit(
        "bomb.yaml",
        Apps.manifest(
            name,
            "image: {oci: '%s/acme/%s', digest: '%s'}, run: {command: [/usr/bin/true]}"
                .formatted(registry.host(), name, digest)));
    Reported agent = () -> device;
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(agent.why(name, "Ready"))
                    .matches("(?s)(Artifact|Reconciliation)Failed: .*" + why + ".*"));
    repository.delete("bomb.yaml");
    nextChangeArrives();
  }

  private void awaitStatus(String what) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(device.exec("cat", "/run/sandbar/status.json").stdout())
                    .as(what)
                    .containsPattern(TOO_LARGE));
  }

  private void nextChangeArrives() throws IOException {
    String app = "next" + changes++;
    repository.write(app + ".yaml", Apps.waiting(app)).commitAll("A good app");
    Apps.awaitReady((Reported) () -> device, app);
  }

  private String layered(Path layer) throws Exception {
    String name = (layer.getFileName() + "").replace(".tar.gz", "");
    String layout =
        new ContainerLayout(Files.createDirectory(folder.resolve(name)))
            .packed(Files.readAllBytes(layer))
            .written();
    return registry.copy(layout, "acme/" + name, "1");
  }

  /** An index of the right form that has as many chunks as are read, of a byte each. */
  private String chunked() throws Exception {
    int count = ChunkIndex.LONGEST / 20 - 3;
    var content = new byte[count];
    Arrays.fill(content, (byte) 7);
    System.arraycopy("hsqs".getBytes(UTF_8), 0, content, 0, 4);
    Path image = Files.write(folder.resolve("chunks.squashfs"), content);
    var index =
        ByteBuffer.allocate(52 + count * 20)
            .put("sbchunk1".getBytes(UTF_8))
            .put(HexFormat.of().parseHex(Sha256.of(content).hex()))
            .putLong(count)
            .putInt(count);
    for (int i = 0; i < count; i++) {
      index.putInt(1).putLong(i).putLong(i);
    }
    byte[] bytes = index.array();
    assertThat(ChunkIndex.read(bytes)).isInstanceOf(ChunkIndex.Reading.Usable.class);
    Files.write(folder.resolve("chunks.squashfs" + ChunkIndex.SUFFIX), bytes);
    return registry.pushWithChunks("acme/chunks", "1", image);
  }

  private Path links() throws IOException {
    try (OutputStream tar = tar("links.tar.gz")) {
      byte[] target = "t".repeat(4_000).getBytes(UTF_8);
      for (int i = 0; i < 20_000; i++) {
        entry(tar, "././@LongLink", 'K', target);
        entry(tar, "l" + i, '2', new byte[0]);
      }
    }
    return folder.resolve("links.tar.gz");
  }

  private Path names() throws IOException {
    try (OutputStream tar = tar("names.tar.gz")) {
      for (int i = 0; i < 59_000; i++) {
        entry(tar, "././@LongLink", 'L', ("n".repeat(245) + i).getBytes(UTF_8));
        entry(tar, "n", '0', new byte[0]);
      }
    }
    return folder.resolve("names.tar.gz");
  }

  private Path directories() throws IOException {
    try (OutputStream tar = tar("directories.tar.gz")) {
      for (int i = 0; i < 130_000; i++) {
        entry(tar, "d/", '5', new byte[0]);
      }
    }
    return folder.resolve("directories.tar.gz");
  }

  private OutputStream tar(String name) throws IOException {
    OutputStream out = Files.newOutputStream(folder.resolve(name));
    return new BufferedOutputStream(
        new GZIPOutputStream(out) {
          @Override
          public void close() throws IOException {
            write(new byte[2 * BLOCK]);
            super.close();
          }
        },
        1 << 16);
  }

  /** As in the tar of GNU, where a long name or target comes before as a file of its own. */
  private static void entry(OutputStream tar, String name, char type, byte[] content)
      throws IOException {
    var header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000644 0000000 0000000 %011o 00000000000 ".formatted(content.length));
    put(header, 148, "        " + type);
    put(header, 257, "ustar  ");
    int sum = 0;
    for (byte one : header) {
      sum += one;
    }
    put(header, 148, "%06o ".formatted(sum));
    tar.write(header);
    tar.write(content);
    tar.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }

  private static void put(byte[] header, int at, String text) {
    System.arraycopy(text.getBytes(UTF_8), 0, header, at, text.length());
  }
}
