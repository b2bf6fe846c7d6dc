package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective.Setting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Lines of units that others wrote are read, or refused as what they are. */
class ForeignLinesTest {
  private static final String SIGNS = " \t:;,=~+-!@|/\\\"'%$*?#[]{}()<>&^.a0A_\u00e9\u0000";

  private static final List<String> ODD =
      List.of(
          "",
          " ",
          ";",
          "; /bin/x",
          "\"",
          "'",
          "\\",
          "\\x",
          "%",
          "%i",
          "~",
          "~~",
          "-",
          "+",
          ":",
          "::",
          "/",
          "//",
          "-/",
          "@",
          "=",
          "a=",
          "=a",
          "a b",
          "/a:/b:c:d",
          "0",
          "-1",
          "1:2:3",
          "99999999999999999999",
          "1%",
          "200%",
          "infinity",
          "yes",
          "no",
          "\u00e9",
          "AF_INET",
          "CAP_CHOWN",
          "@clock",
          "any",
          "10.0.0.0/99",
          "::/200",
          "tcp:99999",
          "ipv4:udp:1-0",
          "rwm",
          "/dev/null rwmx",
          "char-*",
          "0999",
          "64K:1M",
          "1G 2G");

  @Test
  void ofEachDirectiveAnythingIsReadOrRefused() {
    Effective.Context context = ReferenceDevice.facts().context(new UnitName("a.service"));
    var faults = new TreeSet<String>();
    var random = new Random(1);
    for (String name : DirectiveTable.all().keySet()) {
      ODD.forEach(value -> read(name, value, context, faults));
      for (int i = 0; i < 200; i++) {
        var value = new StringBuilder();
        for (int length = random.nextInt(8); length >= 0; length--) {
          value.append(SIGNS.charAt(random.nextInt(SIGNS.length())));
        }
        read(name, value.toString(), context, faults);
      }
    }
    assertThat(faults).isEmpty();
  }

  /** Lines that can be read one by one can be read together. */
  @Test
  void linesTogetherAreReadIfEachIs() {
    Effective.Context context = ReferenceDevice.facts().context(new UnitName("a.service"));
    var readable = new ArrayList<Setting>();
    for (String name : DirectiveTable.all().keySet()) {
      for (String value : ODD) {
        try {
          Effective.of(List.of(new Setting(name, value)), context);
          readable.add(new Setting(name, value));
        } catch (IllegalArgumentException e) {
          assertThat(e.getMessage()).isNotBlank();
        }
      }
    }
    var random = new Random(2);
    for (int i = 0; i < 300; i++) {
      Collections.shuffle(readable, random);
      List<Setting> some = readable.subList(0, 400);
      assertThatCode(() -> Effective.of(some, context)).doesNotThrowAnyException();
    }
    for (String name : DirectiveTable.all().keySet()) {
      List<Setting> same = readable.stream().filter(it -> it.name().equals(name)).toList();
      assertThatCode(() -> Effective.of(same, context)).as(name).doesNotThrowAnyException();
    }
  }

  private static void read(
      String name, String value, Effective.Context context, TreeSet<String> faults) {
    try {
      assertThat(Effective.of(List.of(new Setting(name, value)), context)).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    } catch (RuntimeException e) {
      faults.add(name + ": " + e);
    }
  }
}
