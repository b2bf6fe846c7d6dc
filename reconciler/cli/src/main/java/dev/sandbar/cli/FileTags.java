package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.ImageLocation;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.fetch.TagLookup;
import dev.sandbar.device.store.Platform;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Resolves the tags in files of specs; each is asked for once. */
final class FileTags {
  private final Terminal terminal;
  private final Printer printer;
  private final boolean check;
  private final TagLookup lookup;
  private final Map<String, TagLookup.Answer.Found> found = new HashMap<>();
  private final List<Node> items = new ArrayList<>();
  private int different;

  /**
   * Asks with these authorities and logins.
   *
   * @param check whether the files stay as they are
   */
  FileTags(Terminal terminal, Printer printer, DeviceSettings.Images settings, boolean check) {
    this.terminal = terminal;
    this.printer = printer;
    this.check = check;
    // A spec names the image of all platforms where there are several.
    this.lookup = new TagLookup(settings, Platform.OF_THIS_MACHINE);
  }

  private record Resolved(Path file, String text, Map<TagPin, Sha256> digests) {}

  /** Resolves all of them before any file is changed; the exit code. */
  int resolve(List<String> files) throws IOException, InterruptedException {
    var resolved = new ArrayList<Resolved>();
    for (String file : files) {
      resolved.add(resolved(Path.of(file)));
    }
    if (resolved.stream().allMatch(it -> it.digests().isEmpty())) {
      throw new CommandException(
          "no image in %s has oci and ref".formatted(String.join(", ", files)),
          "Write for example image: {oci: registry.example.com/team/pump, ref: 2.4.1}");
    }
    for (Resolved one : resolved) {
      String written = TagPin.written(one.text(), one.digests());
      one.digests().forEach((pin, digest) -> report(one.file(), pin, digest));
      if (!check && !written.equals(one.text())) {
        SavedFile.replace(one.file(), written);
      }
    }
    if (printer.machine()) {
      printer.node(Envelope.of("ImagePins").put("items", Node.list(items)).build());
    }
    return check && different > 0 ? ExitCode.CHANGES : ExitCode.OK;
  }

  private Resolved resolved(Path file) throws IOException, InterruptedException {
    byte[] bytes = read(file);
    ReadResult read = YamlReader.read(file.toString(), bytes);
    for (Diagnostic problem : read.diagnostics()) {
      if (problem.severity() == Diagnostic.Severity.ERROR) {
        throw new CommandException(problem.at() + ": " + problem.message(), problem.help());
      }
    }
    var digests = new LinkedHashMap<TagPin, Sha256>();
    for (TagPin pin : TagPin.in(read)) {
      digests.put(pin, find(pin));
    }
    return new Resolved(file, new String(bytes, StandardCharsets.UTF_8), digests);
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString());
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(TextLimits.DEFAULT.maxBytes() + 1);
    }
  }

  private Sha256 find(TagPin pin) throws InterruptedException {
    TagLookup.Answer.Found before = found.get(pin.shown());
    if (before != null) {
      return before.digest();
    }
    try (var _ = ProgressLine.start(terminal, "asking " + pin.repository().host())) {
      return switch (lookup.find(pin.repository(), pin.tag().text())) {
        case TagLookup.Answer.Found answer -> {
          found.put(pin.shown(), answer);
          yield answer.digest();
        }
        case TagLookup.Answer.Refused(var message) ->
            throw new CommandException(
                "%s: %s: %s".formatted(pin.tag().at(), pin.shown(), message), "");
      };
    }
  }

  private void report(Path file, TagPin pin, Sha256 digest) {
    String now = ImageLocation.ALGORITHM + digest.hex();
    boolean same = pin.pinned().equals(now);
    different += same ? 0 : 1;
    if (printer.machine()) {
      items.add(
          new MappingBuilder()
              .put("file", file.toString())
              .put("oci", pin.repository().shown())
              .put("ref", pin.tag().text())
              .put("digest", now)
              .put("before", pin.pinned())
              .put("content", content(pin))
              .build());
      return;
    }
    String what =
        same ? "as in the file" : pin.pinned().isEmpty() ? "new" : "instead of " + pin.pinned();
    printer.line("%s: %s".formatted(pin.tag().at(), pin.shown()));
    printer.line("  %s (%s; %s)".formatted(now, what, content(pin)));
  }

  private String content(TagPin pin) {
    TagLookup.Answer.Found answer = found.get(pin.shown());
    return answer == null ? "" : ImageResolveCommand.content(answer.manifest());
  }
}
