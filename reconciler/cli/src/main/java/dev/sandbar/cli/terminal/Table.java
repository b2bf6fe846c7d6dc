package dev.sandbar.cli.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table that fits {@link Terminal#WIDTH} columns: the last column wraps first; if that is not
 * enough, the widest does.
 */
public final class Table {
  private static final String GAP = "  ";
  private static final int LAST_KEEPS = 28;
  private static final int LEAST = 6;

  private final List<String> headings;
  private final int width;
  private final List<List<Cell>> rows = new ArrayList<>();

  /** A table with these headings, written in capitals. */
  public Table(String... headings) {
    this(Terminal.WIDTH, headings);
  }

  private Table(int width, String... headings) {
    this.headings = List.of(headings);
    this.width = width;
  }

  /** A table of one line a row, however long that is. */
  public static Table unlimited(String... headings) {
    return new Table(Integer.MAX_VALUE, headings);
  }

  /** Adds a row, one cell per heading. */
  public void row(Cell... cells) {
    if (cells.length != headings.size()) {
      throw new IllegalArgumentException("a row needs " + headings.size() + " cells");
    }
    rows.add(List.of(cells));
  }

  /** Adds a row of plain text. */
  public void row(String... texts) {
    row(Arrays.stream(texts).map(Cell::of).toArray(Cell[]::new));
  }

  /** The lines, each with its line break. */
  public String render(Paint paint) {
    int[] widths = widths();
    var text = new StringBuilder();
    render(headings.stream().map(h -> Cell.of(h, Style.STRONG)).toList(), widths, paint, text);
    rows.forEach(row -> render(row, widths, paint, text));
    return text.toString();
  }

  private int[] widths() {
    int[] widths = new int[headings.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = headings.get(i).length();
      for (List<Cell> row : rows) {
        for (String line : row.get(i).text().split("\n", -1)) {
          widths[i] = Math.max(widths[i], line.length());
        }
      }
    }
    int last = widths.length - 1;
    int excess = Arrays.stream(widths).sum() + GAP.length() * last - width;
    int given = Math.clamp(excess, 0, Math.max(0, widths[last] - LAST_KEEPS));
    widths[last] -= given;
    for (excess -= given; excess > 0; excess--) {
      int widest = 0;
      for (int i = 1; i < widths.length; i++) {
        widest = widths[i] >= widths[widest] ? i : widest;
      }
      if (widths[widest] <= LEAST) {
        break;
      }
      widths[widest]--;
    }
    return widths;
  }

  /** The lines of a cell; a cell that is indented stays so when it wraps. */
  private static List<String> cell(String text, int width) {
    String body = text.stripLeading();
    int indent = Math.min(text.length() - body.length(), width / 2);
    String blanks = " ".repeat(indent);
    return Wrap.lines(body, width - indent).stream().map(line -> blanks + line).toList();
  }

  private static void render(List<Cell> row, int[] widths, Paint paint, StringBuilder text) {
    var columns = new ArrayList<List<String>>();
    int height = 1;
    for (int i = 0; i < widths.length; i++) {
      var lines = cell(row.get(i).text(), widths[i]);
      columns.add(lines);
      height = Math.max(height, lines.size());
    }
    for (int y = 0; y < height; y++) {
      var line = new StringBuilder();
      int pending = 0;
      for (int i = 0; i < widths.length; i++) {
        String part = y < columns.get(i).size() ? columns.get(i).get(y) : "";
        if (!part.isBlank()) {
          line.append(" ".repeat(pending)).append(paint.apply(row.get(i).style(), part));
          pending = 0;
        }
        pending += widths[i] - part.length() + GAP.length();
      }
      text.append(line).append('\n');
    }
  }
}
