package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.build.BuildSource;
import dev.sandbar.device.build.ImageBuild;
import dev.sandbar.device.chunk.ChunkIndex;
import dev.sandbar.device.container.SquashfsPacker;
import dev.sandbar.device.store.Platform;
import dev.sandbar.device.store.VerityTree;
import dev.sandbar.source.text.YamlWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar image build}. */
@Command(
    name = "build",
    description = {
      "Make the squashfs of an app from a container image or a folder.",
      "",
      "SOURCE is HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:..., a folder in OCI layout, or the"
          + " folder that becomes the root of the app. A container image becomes the file that a"
          + " device makes of it. The same source gives the same bytes, with the same version of"
          + " squashfs-tools.",
      "A folder that belongs to root is the root of a system, as mmdebstrap makes it: owners and"
          + " modes are kept, and the nodes in /dev left out. Of any other folder, all files belong"
          + " to root, and nobody but the owner may write them. All are of the time in the variable"
          + " SOURCE_DATE_EPOCH, or else of 1970.",
      "Exit code: 0 built; 1 error."
    },
    footer = {
      "  sandbar image build registry.example.com/team/pump:2.4.1 pump.squashfs",
      "  sandbar image build ./root pump.squashfs --chunks",
      "  sandbar image build ./root pump.squashfs --verity",
      "  sandbar image build ./layout pump.squashfs --tag 2.4.1 --platform linux/arm64"
    })
final class ImageBuildCommand implements Callable<Integer> {
  private static final String EPOCH = "SOURCE_DATE_EPOCH";
  private static final String LATEST = "4294967295";

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private RegistryOptions registries = new RegistryOptions();

  @Parameters(index = "0", paramLabel = "SOURCE", description = "Image or folder to make it of.")
  private String source = "";

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description = "The squashfs; a file that is there is replaced.")
  private Path file = Path.of("");

  @Option(
      names = "--tag",
      paramLabel = "NAME",
      description = "Which image of an OCI layout, if it has several.")
  private String tag = "";

  @Option(
      names = "--platform",
      paramLabel = "PLATFORM",
      description =
          "Of the devices, for example linux/arm64, for images of several platforms. Default: that"
              + " of this machine.")
  private String platform = "";

  @Option(
      names = "--verity",
      description =
          "Also print rootHash, by which the kernel checks each block of the image when it is read"
              + " (dm-verity), and write FILE.verity and FILE.roothash for units of your own.")
  private boolean verity;

  @Option(
      names = "--chunks",
      description =
          "Also write FILE.chunks, by which devices that have another version of the image fetch"
              + " only what they do not have. Publish it beside the image.")
  private boolean chunks;

  ImageBuildCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = output.printer(terminal, common);
    Path target = target();
    BuildSource from = source(target);
    Platform of = platform();
    if (SquashfsPacker.isMissing()) {
      throw new CommandException(
          SquashfsPacker.PROGRAM + ", which makes the squashfs, is missing",
          "Install the package %s (4.5 or newer)".formatted(SquashfsPacker.PACKAGE));
    }
    var build = new ImageBuild(registries.settings(), of);
    try (var work = WorkFolder.beside(target);
        var _ = ProgressLine.start(terminal, "building " + target.getFileName(), build::progress)) {
      return switch (build.build(from, work.path(), target)) {
        case ImageBuild.Result.Refused(var message) -> throw new CommandException(message, "");
        case ImageBuild.Result.Built(var content, long size) -> {
          String root = verity ? roots(target, content) : "";
          if (chunks) {
            Files.write(index(target), ChunkIndex.write(target, content));
          }
          show(printer, target, content, size, root);
          yield ExitCode.OK;
        }
      };
    }
  }

  private Path target() {
    Path target = file.toAbsolutePath().normalize();
    Path parent = target.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new CommandException("there is no folder for " + file, "Make it, or name another file");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new CommandException(file + " is there and is no file", "Name another file");
    }
    return target;
  }

  private BuildSource source(Path target) throws IOException {
    Path path = Path.of(source);
    if (!Files.isDirectory(path)) {
      if (source.startsWith("/") || source.startsWith(".")) {
        throw new CommandException(
            SafeText.shown(source) + " is no folder",
            "Name a folder, or an image, for example " + ImageName.EXAMPLE);
      }
      ImageName name = ImageName.read(source);
      return new BuildSource.Registry(name.repository(), name.reference());
    }
    Path folder = path.toRealPath();
    if (Files.isRegularFile(folder.resolve("oci-layout"))) {
      return new BuildSource.Layout(folder, tag);
    }
    if (target.toAbsolutePath().startsWith(folder)) {
      throw new CommandException(
          file + " lies in the folder that it is made of", "Name a file outside of " + source);
    }
    return new BuildSource.Folder(folder, seconds());
  }

  private long seconds() {
    String text = terminal.variable(EPOCH);
    if (text.isEmpty()) {
      return 0;
    }
    if (text.length() > LATEST.length()
        || !text.chars().allMatch(c -> c >= '0' && c <= '9')
        || Long.parseLong(text) > Long.parseLong(LATEST)) {
      throw new CommandException(
          "%s is %s".formatted(EPOCH, SafeText.shown(text)),
          "Set it to seconds since 1970, for example from 'git log -1 --format=%ct'");
    }
    return Long.parseLong(text);
  }

  private Platform platform() {
    return platform.isEmpty()
        ? Platform.OF_THIS_MACHINE
        : Platform.read(platform)
            .orElseThrow(
                () ->
                    new CommandException(
                        SafeText.shown(platform) + " is no platform of a device",
                        "Write for example linux/arm64 or linux/arm/v7"));
  }

  /** Where systemd looks for them: beside the image, in the place of the suffix .raw. */
  private static Path beside(Path image, String suffix) {
    String name = String.valueOf(image.getFileName());
    String stem = name.endsWith(".raw") ? name.substring(0, name.length() - 4) : name;
    return image.resolveSibling(stem + suffix);
  }

  /** Where devices look for it: behind the whole name, as in a URL. */
  private static Path index(Path image) {
    return image.resolveSibling(image.getFileName() + ChunkIndex.SUFFIX);
  }

  private static String roots(Path image, Sha256 content) throws IOException {
    String root = VerityTree.write(image, content, beside(image, ".verity")).hex();
    Files.writeString(beside(image, ".roothash"), root + "\n");
    return root;
  }

  private void show(Printer printer, Path image, Sha256 content, long size, String root) {
    String name = String.valueOf(image.getFileName());
    if (printer.machine()) {
      MappingBuilder built =
          Envelope.of("BuiltImage")
              .put("file", image.toString())
              .put("bytes", size)
              .put("sha256", content.hex());
      if (!root.isEmpty()) {
        built.put("verityFile", beside(image, ".verity").toString()).put("rootHash", root);
      }
      if (chunks) {
        built.put("chunksFile", index(image).toString());
      }
      printer.node(built.build());
      return;
    }
    printer.line("# %s of %s".formatted(ImageName.amount(size), name));
    if (chunks) {
      String type = ChunkIndex.MEDIA_TYPE;
      printer.line("# oras push HOST/REPOSITORY:TAG %1$s %1$s.chunks:%2$s".formatted(name, type));
    }
    printer.line("# path: where it lies on the device");
    MappingBuilder written =
        new MappingBuilder().put("path", "/srv/images/" + name).put("sha256", content.hex());
    if (!root.isEmpty()) {
      written.put("rootHash", root);
    }
    terminal
        .out()
        .print(YamlWriter.write(new MappingBuilder().put("image", written.build()).build()));
  }
}
