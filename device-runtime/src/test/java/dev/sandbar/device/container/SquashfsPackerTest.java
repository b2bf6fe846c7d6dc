package dev.sandbar.device.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the real program. */
final class SquashfsPackerTest {

  private static final SquashfsPacker PACKER =
      new SquashfsPacker(64 << 20, SquashfsPacker.MOST_NAMES, Duration.ofMinutes(1), () -> {});

  @TempDir private Path folder;
  private int layers;

  /** An entry of an archive, written as it is. */
  private record Entry(String name, byte type, String link, byte[] content, int mode) {}

  private static Entry file(String name, String content) {
    return new Entry(
        name, TarConstants.LF_NORMAL, "", content.getBytes(StandardCharsets.UTF_8), 0644);
  }

  private static Entry of(String name, byte type, String link, int mode) {
    return new Entry(name, type, link, new byte[0], mode);
  }

  private Layer layer(boolean compressed, Entry... entries) throws IOException {
    Path file = folder.resolve("layer-" + layers++);
    try (OutputStream plain = Files.newOutputStream(file);
        OutputStream to = compressed ? new GZIPOutputStream(plain) : plain;
        var out = new TarArchiveOutputStream(to, StandardCharsets.UTF_8.name())) {
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Entry one : entries) {
        var entry = new TarArchiveEntry(one.name(), one.type(), true);
        entry.setLinkName(one.link());
        entry.setMode(one.mode());
        entry.setUserId(1000);
        entry.setGroupId(2000);
        entry.setModTime(1_700_000_000_000L);
        entry.setSize(one.content().length);
        out.putArchiveEntry(entry);
        out.write(one.content());
        out.closeArchiveEntry();
      }
    }
    return new Layer(file, compressed ? Compression.GZIP : Compression.NONE);
  }

  private Path pack(Layer... of) throws Exception {
    Path target = folder.resolve("image-" + layers++);
    PACKER.pack(List.of(of), target);
    return target;
  }

  /** Mode, owner, size where it is a file, and name of everything in it. */
  private static String listed(Path image) throws Exception {
    return said("unsquashfs", "-lln", "-d", "", image.toString())
        .lines()
        .filter(line -> line.matches("[-dlcbps][-rwxstST]{9} .*"))
        .map(line -> line.replaceAll(" +", " ").replaceAll(" [0-9]{4}-[0-9-]+ [0-9:]+", ""))
        .reduce("", (a, b) -> a + b + "\n");
  }

  private static String said(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out;
  }

  @Test
  void layersBecomeOneFileSystem() throws Exception {
    String deep = "opt/" + "long-name-".repeat(20) + "/ünï";
    Layer lower =
        layer(
            true,
            of("./usr/", TarConstants.LF_DIR, "", 0755),
            file("./usr/old", "old"),
            file("usr/app", "first"),
            of("usr/same", TarConstants.LF_LINK, "usr/app", 0644),
            of("bin", TarConstants.LF_SYMLINK, "usr/bin", 0777),
            of("usr/su", TarConstants.LF_NORMAL, "", 06755),
            of("usr/null", TarConstants.LF_CHR, "", 0666),
            of("usr/pipe", TarConstants.LF_FIFO, "", 0666),
            file(deep, "deep"));
    Layer upper =
        layer(
            false,
            file("usr/.wh.old", ""),
            file("usr/app", "second"),
            of("bin/tool", TarConstants.LF_NORMAL, "", 0755));
    Path image = pack(lower, upper);
    assertThat(listed(image))
        .contains(
            "-rw-r--r-- 1000/2000 6 /usr/app\n",
            "-rw-r--r-- 1000/2000 5 /usr/same\n",
            "lrwxrwxrwx 1000/2000 7 /bin -> usr/bin\n",
            "-rwxr-xr-x 1000/2000 0 /usr/bin/tool\n",
            "-rwxr-xr-x 1000/2000 0 /usr/su\n",
            "drwxr-xr-x 0/0 ",
            "/proc\n",
            "/var/tmp\n",
            "/" + deep + "\n")
        .doesNotContain("old", "null", "pipe", ".wh.");
    assertThat(said("unsquashfs", "-cat", image.toString(), "usr/app")).isEqualTo("second");
    assertThat(said("unsquashfs", "-cat", image.toString(), "usr/same")).isEqualTo("first");
  }

  /** What is fetched anew is the same again. */
  @Test
  void theSameLayersGiveTheSameBytes() throws Exception {
    Layer layer = layer(true, file("a", "x".repeat(300_000)), file("b", "y"));
    Path image = pack(layer);
    assertThat(pack(layer)).hasSameBinaryContentAs(image);
    // Nothing in it is of today.
    assertThat(said("unsquashfs", "-s", "-UTC", image.toString())).contains("Nov 14 22:13:20 2023");
    assertThat(said("unsquashfs", "-lln", "-UTC", image.toString()))
        .contains("2023-11-14 22:13")
        .doesNotContain(java.time.LocalDate.now(java.time.ZoneOffset.UTC).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"../etc/passwd", "usr/../../x", "/../x", "a/..", ".."})
  void namesThatLeadOutAreRefused(String name) throws Exception {
    Layer layer = layer(true, file(name, "x"));
    assertThatThrownBy(() -> pack(layer)).hasMessageContaining("a layer has the name");
    Layer link = layer(true, file("a", ""), of("b", TarConstants.LF_LINK, name, 0644));
    assertThatThrownBy(() -> pack(link)).hasMessageContaining("a layer has the name");
  }

  /** Links may say what they like: they lead only where the app's own root ends. */
  @Test
  void aLinkOutLeadsNowhereOnTheDevice() throws Exception {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Layer layer =
        layer(
            true,
            of("out", TarConstants.LF_SYMLINK, outside.toString(), 0777),
            file("out/planted", "x"));
    assertThat(listed(pack(layer))).contains(outside + "/planted\n");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void whatIsNoArchiveIsRefused() throws Exception {
    Path noise = folder.resolve("noise");
    byte[] bytes = new byte[4096];
    Arrays.fill(bytes, (byte) 7);
    Files.write(noise, bytes);
    assertThatThrownBy(() -> pack(new Layer(noise, Compression.NONE)))
        .hasMessageContaining("no whole tar");
    assertThatThrownBy(() -> pack(new Layer(noise, Compression.GZIP))).hasMessageContaining("gzip");
    assertThatThrownBy(() -> pack(new Layer(noise, Compression.ZSTD)))
        .isInstanceOf(LayerException.class)
        .hasMessage("a layer is not in zstd, which its manifest says it is");
    Files.writeString(noise, "no archive");
    assertThatThrownBy(() -> pack(new Layer(noise, Compression.NONE)))
        .hasMessageContaining("holds nothing");
    Layer whole = layer(false, file("a", "x".repeat(10_000)));
    Files.write(noise, Arrays.copyOf(Files.readAllBytes(whole.file()), 6_000));
    assertThatThrownBy(() -> pack(new Layer(noise, Compression.NONE)))
        .hasMessageContaining("no whole tar");
  }

  /** It would be read into the memory of the agent, which is small. */
  @Test
  void aHeaderWithoutEndIsRefused() throws Exception {
    String longName = "n".repeat(3 << 20);
    Layer gnu = layer(true, file("././@LongLink", longName), file("a", ""));
    Layer named =
        layer(
            true,
            new Entry(
                "x",
                TarConstants.LF_GNUTYPE_LONGNAME,
                "",
                longName.getBytes(StandardCharsets.UTF_8),
                0644),
            file("a", ""));
    String record = "3145744 comment=" + "c".repeat((3 << 20) - 1) + "\n";
    assertThat(record).hasSize(3145744);
    Layer pax = layer(true, pax(record), file("a", ""));
    assertThatThrownBy(() -> pack(pax)).hasMessage("a layer has a header without end");
    // The library itself takes no name of that length.
    assertThatThrownBy(() -> pack(named)).isInstanceOf(LayerException.class);
    assertThat(listed(pack(gnu))).contains("@LongLink");
  }

  private static Entry pax(String records) {
    return new Entry(
        "x",
        TarConstants.LF_PAX_EXTENDED_HEADER_LC,
        "",
        records.getBytes(StandardCharsets.UTF_8),
        0644);
  }

  @Test
  void namesAreBounded() throws Exception {
    Entry[] many =
        IntStream.rangeClosed(0, FlatTree.MOST_NAMES)
            .mapToObj(i -> file("f" + i, ""))
            .toArray(Entry[]::new);
    Layer layer = layer(true, many);
    assertThatThrownBy(() -> pack(layer)).hasMessageContaining("more than 60000 names");
  }

  @Test
  void aFullDiskEndsIt() throws Exception {
    var packer =
        new SquashfsPacker(
            64 << 20,
            SquashfsPacker.MOST_NAMES,
            Duration.ofMinutes(1),
            () -> {
              throw new IOException("the disk is full");
            });
    Layer layer = layer(true, file("a", "x"));
    assertThatThrownBy(() -> packer.pack(List.of(layer), folder.resolve("full")))
        .hasMessage("the disk is full");
  }

  private Layer inZstd(byte[] content) throws IOException {
    return new Layer(Files.write(folder.resolve("zstd-" + layers++), content), Compression.ZSTD);
  }

  @Test
  void aLayerInZstdIsUnfolded() throws Exception {
    Layer plain = layer(false, file("a", "x".repeat(300_000)), file("b", "y"));
    byte[] bytes = Files.readAllBytes(plain.file());
    byte[] frames =
        ZstdFrames.of(
            ZstdFrames.raw(20, Arrays.copyOf(bytes, 1 << 18)),
            ZstdFrames.SKIPPED,
            ZstdFrames.raw(25, Arrays.copyOfRange(bytes, 1 << 18, bytes.length)),
            ZstdFrames.SKIPPED);
    assertThat(pack(inZstd(frames))).hasSameBinaryContentAs(pack(plain));
    assertThatThrownBy(() -> pack(inZstd(Arrays.copyOf(frames, frames.length - 1_000))))
        .isInstanceOf(LayerException.class)
        .hasMessage("a layer in zstd ends too early");
  }

  /** A frame says itself how much memory it takes; two bytes ask for two gigabytes. */
  @ParameterizedTest
  @ValueSource(ints = {26, 31, 41})
  void aLargeWindowIsRefused(int log) throws Exception {
    Layer layer = inZstd(ZstdFrames.raw(log, new byte[1 << 17]));
    assertThatThrownBy(() -> pack(layer))
        .isInstanceOf(LayerException.class)
        .hasMessageContaining("takes more than 32 MiB of memory to decompress");
  }

  @Test
  void aBombIsDefused() throws Exception {
    Consumer<Layer> tooMuch =
        layer ->
            assertThatThrownBy(
                    () ->
                        new SquashfsPacker(
                                1 << 20, SquashfsPacker.MOST_NAMES, Duration.ofMinutes(1), () -> {})
                            .pack(List.of(layer), folder.resolve("bomb")))
                .hasMessageContaining("decompress to more than 1 MiB");
    tooMuch.accept(layer(true, file("zeros", "\0".repeat(3 << 20))));
    tooMuch.accept(layer(true, file("a", "\0".repeat(900_000)), file("b", "\0".repeat(900_000))));
    // A terabyte in two megabytes; and what decompresses to nothing ends with the file.
    byte[] start = Files.readAllBytes(layer(false, file("zeros", "\0".repeat(1 << 20))).file());
    tooMuch.accept(
        inZstd(
            ZstdFrames.of(
                ZstdFrames.raw(20, Arrays.copyOf(start, 1024)), ZstdFrames.zeros(500_000))));
  }
}
