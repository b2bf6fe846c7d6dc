package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The text of a unit. The generation is the digest of all its lines but the stamp. The stamp is the
 * digest of those lines that a process gets only when it starts: as long as it is the same in the
 * unit and in the process, no restart is pending.
 */
record Rendering(List<Directive> directives, String text, Sha256 generation) {

  /**
   * @param files of the app; those that it reads again when it is reloaded are named in a comment,
   *     so that another content is another generation, and none that a restart is pending for
   */
  static Rendering of(AppName app, List<AppFile> files, List<Directive> lines) {
    String reloaded =
        files.stream()
            .filter(AppFile::reloads)
            .map(file -> "# Reloaded: " + FileStorePath.name(file) + "\n")
            .collect(Collectors.joining());
    String unstamped = text(app, reloaded, lines);
    var started = new ArrayList<>(lines);
    started.removeIf(Rendering::isLive);
    Sha256 startedWith = Sha256.of(text(app, "", started));
    EscapedText stamp = EscapedText.variable(CompiledApp.GENERATION_VARIABLE, startedWith.hex());
    int start = start(lines);
    var line =
        new Directive(
            Draft.SERVICE,
            "Environment",
            stamp.text(),
            start < 0 ? Draft.DEFAULT : lines.get(start).because());
    var stamped = new ArrayList<>(lines);
    stamped.add(start + 1, line);
    return new Rendering(
        List.copyOf(stamped),
        start < 0
            ? text(app, reloaded, stamped)
            : with(line, text(app, reloaded, lines.subList(0, start + 1)).length(), unstamped),
        Sha256.of(unstamped));
  }

  /** The text with a line that has the section and the reason of the line that ends there. */
  private static String with(Directive line, int at, String text) {
    return new StringBuilder(text.length() + line.value().length() + line.name().length() + 2)
        .append(text, 0, at)
        .append(line.line())
        .append('\n')
        .append(text, at, text.length())
        .toString();
  }

  /** Where the line is that starts the program; -1 where another file has it. */
  private static int start(List<Directive> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).section().equals(Draft.SERVICE) && lines.get(i).name().equals("ExecStart")) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isLive(Directive line) {
    return line.hides()
        || DirectiveTable.find(line.name()).map(DirectiveInfo::liveSettable).orElse(false);
  }

  private static String text(AppName app, String comment, List<Directive> lines) {
    int about = 512;
    for (Directive line : lines) {
      about += line.name().length() + line.value().length() + 10;
    }
    var text = new StringBuilder(about);
    text.append(UnitMark.of(app));
    text.append("# A change here is drift; change the AppSandbox instead.\n").append(comment);
    String section = "";
    String because = "";
    for (Directive line : lines) {
      if (!line.section().equals(section)) {
        section = line.section();
        because = "";
        text.append("\n[").append(section).append("]\n");
      }
      if (!line.because().equals(because)) {
        because = line.because();
        text.append("# ").append(because).append('\n');
      }
      text.append(line.name()).append('=').append(line.value()).append('\n');
    }
    return text.toString();
  }
}
