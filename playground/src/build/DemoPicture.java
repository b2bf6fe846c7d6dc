import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Draws what a command printed on a terminal, as it was printed, as an SVG:
 *
 * <pre>{@code
 * ./sandbar demo --color=always | java playground/src/build/DemoPicture.java 2 3 5 6 >docs/demo.svg
 * }</pre>
 *
 * The numbers are the chapters to draw; of each at most 26 lines, the rest is said to be left out.
 */
final class DemoPicture {
  private static final int MOST_LINES = 26;
  private static final int COLUMNS = 84;
  private static final double LINE = 18;
  private static final double COLUMN = 8.4;
  private static final Pattern CHAPTER = Pattern.compile("^\\033\\[1m(\\d)\\. .*");
  private static final Pattern CODE = Pattern.compile("\\033\\[(\\d*)m");

  private DemoPicture() {}

  public static void main(String[] chapters) throws IOException {
    List<String> lines =
        new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    var drawn = new ArrayList<String>(List.of("$ ./sandbar demo", lines.getFirst(), ""));
    boolean draws = false;
    int left = 0;
    for (String line : lines) {
      Matcher chapter = CHAPTER.matcher(line);
      if (chapter.matches()) {
        draws = List.of(chapters).contains(chapter.group(1));
        left = MOST_LINES;
      }
      if (draws && left == 0 && !line.isEmpty()) {
        drawn.add("   ...");
        drawn.add("");
        draws = false;
      } else if (draws) {
        drawn.add(line);
        left--;
      }
    }
    System.out.write(svg(drawn).getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  private static String svg(List<String> lines) {
    double width = COLUMNS * COLUMN + 32;
    double height = lines.size() * LINE + 32;
    var out = new StringBuilder();
    out.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img">
        <title>What ./sandbar demo prints</title>
        <style>
        text { font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d8dee9; white-space: pre }
        .c1 { font-weight: bold; fill: #ffffff } .c2 { fill: #8a93a3 } .c31 { fill: #ff7b72 } .c32 { fill: #7ee787 } .c33 { fill: #e3b341 }
        </style>
        <rect width="100%%" height="100%%" rx="8" fill="#14181f"/>
        """
            .formatted(width, height));
    double y = 28;
    for (String line : lines) {
      if (!line.isBlank()) {
        out.append(
            "<text x=\"16\" y=\"%.0f\" xml:space=\"preserve\">%s</text>\n"
                .formatted(y, spans(line)));
      }
      y += LINE;
    }
    return out.append("</svg>\n").toString();
  }

  private static String spans(String line) {
    var out = new StringBuilder();
    Matcher code = CODE.matcher(line);
    String style = "";
    int from = 0;
    while (code.find()) {
      out.append(span(line.substring(from, code.start()), style));
      style = code.group(1).equals("0") ? "" : code.group(1);
      from = code.end();
    }
    return out.append(span(line.substring(from), style)).toString();
  }

  private static String span(String text, String style) {
    String safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    if (text.isEmpty() || style.isEmpty()) {
      return safe;
    }
    return "<tspan class=\"c%s\">%s</tspan>".formatted(style, safe);
  }
}
