package dev.sandbar.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void columnsAreAsWideAsTheirWidestCell() {
    var table = new Table("NAME", "STATE");
    table.row("pump", "running");
    table.row("a-longer-one", "down");
    assertThat(table.render(Paint.NONE))
        .isEqualTo(
            """
            NAME          STATE
            pump          running
            a-longer-one  down
            """);
  }

  @Test
  void theLastColumnWrapsAtWordsBeforeAnyOther() {
    var table = new Table("NAME", "WHY");
    table.row("x".repeat(40), "word ".repeat(12).strip());
    assertThat(table.render(Paint.NONE).lines())
        .containsExactly(
            "NAME" + " ".repeat(38) + "WHY",
            "x".repeat(40) + "  word word word word word word word",
            " ".repeat(42) + "word word word word word");
  }

  @Test
  void whateverIsInItATableFitsTheTerminal() {
    for (int width = 0; width < 200; width += 7) {
      var table = new Table("A", "B", "C");
      table.row("a".repeat(width), "b/".repeat(width), "c ".repeat(width) + "d".repeat(width));
      assertThat(table.render(Paint.NONE).lines()).allMatch(line -> line.length() <= 80);
      assertThat(table.render(Paint.NONE).chars().filter(c -> c == 'b').count()).isEqualTo(width);
    }
  }

  @Test
  void colourDoesNotMoveTheColumns() {
    var table = new Table("STATE", "WHY");
    table.row(Cell.of("ok", Style.GOOD), Cell.of("fine"));
    assertThat(table.render(new Paint(true)).replaceAll("\u001B\\[[0-9]*m", ""))
        .isEqualTo(table.render(Paint.NONE));
    assertThat(table.render(new Paint(true))).contains("\u001B[32mok\u001B[0m     fine");
  }
}
