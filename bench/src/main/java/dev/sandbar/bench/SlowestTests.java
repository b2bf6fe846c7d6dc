package dev.sandbar.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;

/**
 * The ten test classes that took longest in the last run, from the reports that Surefire leaves in
 * each module's {@code target/surefire-reports}. {@code ./test} prints them when it ends, and with
 * {@code -Dsandbar.docs.write=true} writes them into CONTRIBUTING.md.
 */
final class SlowestTests {
  private static final int SHOWN = 10;
  private static final String BEGIN = "<!-- slowest tests: written by the build -->\n";
  private static final String END = "<!-- end of slowest tests -->\n";

  private SlowestTests() {}

  /**
   * One class of tests.
   *
   * @param name without its package
   * @param seconds from the start of its set-up to the end of its last test
   */
  private record Timed(String name, String module, double seconds) {}

  /** Arguments: the root of the checkout, and {@code write} to change CONTRIBUTING.md. */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]);
    List<Timed> slowest = slowest(root);
    if (args.length > 1 && args[1].equals("write")) {
      Path page = root.resolve("CONTRIBUTING.md");
      String text = Files.readString(page);
      int begin = text.indexOf(BEGIN) + BEGIN.length();
      String table = markdown(slowest);
      Files.writeString(page, text.substring(0, begin) + table + text.substring(text.indexOf(END)));
    }
    System.out.println("The slowest test classes, in seconds:");
    slowest.forEach(it -> System.out.printf(Locale.ROOT, "%6.0f  %s%n", it.seconds(), it.name()));
  }

  private static List<Timed> slowest(Path root) throws IOException {
    var all = new ArrayList<Timed>();
    try (Stream<Path> paths = Files.find(root, 6, (path, file) -> isReport(path))) {
      for (Path report : paths.toList()) {
        all.add(read(root, report));
      }
    }
    all.sort(Comparator.comparingDouble(Timed::seconds).reversed());
    return all.subList(0, Math.min(SHOWN, all.size()));
  }

  private static boolean isReport(Path path) {
    return path.getFileName().toString().matches("TEST-.*\\.xml")
        && path.resolve("..").normalize().endsWith("target/surefire-reports");
  }

  private static Timed read(Path root, Path report) throws IOException {
    try (var in = Files.newInputStream(report)) {
      var xml = XMLInputFactory.newDefaultFactory().createXMLStreamReader(in);
      xml.nextTag();
      String name = xml.getAttributeValue(null, "name");
      return new Timed(
          name.substring(name.lastIndexOf('.') + 1),
          root.normalize().relativize(report.resolve("../../..").normalize()).toString(),
          Double.parseDouble(xml.getAttributeValue(null, "time")));
    } catch (XMLStreamException e) {
      throw new IOException("cannot read " + report + ": " + e.getMessage(), e);
    }
  }

  private static String markdown(List<Timed> slowest) {
    var table = new StringBuilder("| class | module | seconds |\n| --- | --- | --- |\n");
    for (Timed timed : slowest) {
      table.append(
          String.format(
              Locale.ROOT,
              "| `%s` | `%s` | %.0f |\n",
              timed.name(),
              timed.module(),
              timed.seconds()));
    }
    return table.toString();
  }
}
