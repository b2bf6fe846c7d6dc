package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.device.fetch.TagLookup;
import dev.sandbar.device.store.ImageManifest;
import dev.sandbar.device.store.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar image resolve}. */
@Command(
    name = "resolve",
    description = {
      "Print the image line of a spec for what a tag names now, or write it into the spec.",
      "",
      "With HOST/REPOSITORY:TAG it prints the lines. With files it looks at the images that have"
          + " oci and ref, and writes the digest of the tag beside it, also where the tag names"
          + " something else than before; the rest of the file stays as it is.",
      "Devices fetch images by digest and never ask for a tag, so that a new version is"
          + " a change of the spec. The digest is computed from what the registry sends.",
      "Exit code: 0 found; 1 error; 2 with --check: a digest is missing or another one."
    },
    footer = {
      "  sandbar image resolve registry.example.com/team/pump:2.4.1",
      "  sandbar image resolve localhost:5000/pump:1 --ca-file ca.pem",
      "  sandbar image resolve ghcr.io/acme/pump:1 --auth-file auth.json -o json",
      "  sandbar image resolve apps/pump.yaml",
      "  sandbar image resolve apps/*.yaml --check"
    })
final class ImageResolveCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE|FILE",
      description = "HOST/REPOSITORY:TAG, or files of specs.")
  private List<String> targets = List.of();

  @Option(
      names = "--check",
      description = "Change no file, and say which digests are not those of their tags.")
  private boolean check;

  @Mixin private RegistryOptions registries = new RegistryOptions();

  ImageResolveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = output.printer(terminal, common);
    String image = targets.getFirst();
    if (targets.size() > 1 || isFile(image)) {
      return new FileTags(terminal, printer, registries.settings(), check).resolve(targets);
    }
    if (check) {
      throw new CommandException(
          "--check looks at files, and %s is none".formatted(SafeText.shown(image)), "");
    }
    ImageName name = ImageName.read(image);
    if (name.tag().isEmpty()) {
      throw new CommandException(SafeText.shown(image) + " has no tag", ImageName.HELP);
    }
    ImageSource.Registry repository = name.repository();
    var lookup = new TagLookup(registries.settings(), Platform.OF_THIS_MACHINE);
    try (var _ = ProgressLine.start(terminal, "asking " + repository.host())) {
      return show(printer, repository, lookup.find(repository, name.tag()));
    }
  }

  private static boolean isFile(String target) {
    return Files.isRegularFile(Path.of(target))
        || Stream.of(".yaml", ".yml", ".json").anyMatch(target::endsWith);
  }

  private static int show(
      Printer printer, ImageSource.Registry repository, TagLookup.Answer answer) {
    switch (answer) {
      case TagLookup.Answer.Refused(var message) ->
          throw new CommandException(repository.shown() + ": " + message, "");
      case TagLookup.Answer.Found(var digest, _, var manifest) -> {
        String written = ImageLocation.ALGORITHM + digest.hex();
        if (printer.machine()) {
          printer.node(
              Envelope.of("ImageReference")
                  .put("oci", repository.shown())
                  .put("digest", written)
                  .put("content", content(manifest))
                  .build());
        } else {
          printer.line("# " + content(manifest));
          printer.line("image:");
          printer.line("  oci: " + repository.shown());
          printer.line("  digest: " + written);
        }
        return manifest instanceof ImageManifest.Unusable ? ExitCode.ERROR : ExitCode.OK;
      }
    }
  }

  static String content(ImageManifest manifest) {
    return switch (manifest) {
      case ImageManifest.OfFile(_, long size) -> "one file, " + ImageName.amount(size);
      case ImageManifest.OfContainer(var layers) ->
          "%s, %s"
              .formatted(
                  English.count(layers.size(), "layer"),
                  ImageName.amount(layers.stream().mapToLong(ImageManifest.Archive::size).sum()));
      case ImageManifest.OfPlatform _ -> "an index of another index, which no device takes";
      case ImageManifest.Unusable(var reason) -> reason;
    };
  }
}
