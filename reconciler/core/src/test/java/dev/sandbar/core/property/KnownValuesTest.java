package dev.sandbar.core.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KnownValuesTest {
  private static final int VERSION = 257;
  private static final List<String> SAMPLES =
      List.of(
          "yes",
          "no",
          "none",
          "1",
          "10s",
          "50%",
          "0-3",
          "/run/x",
          "/dev/null rw",
          "a:b",
          "a=b",
          "any",
          "10.0.0.0/8",
          "AF_INET",
          "~CAP_KILL",
          "native",
          "%%",
          "read",
          "uts",
          "private");

  private final KnownValues values = new KnownValues(500);
  private final AtomicInteger read = new AtomicInteger();

  private Optional<Value> of(String name, String... lines) {
    return of(name, VERSION, List.of(lines));
  }

  private Optional<Value> of(String name, int version, List<String> lines) {
    return values.of(
        DirectiveTable.find(name).orElseThrow(),
        version,
        lines,
        () -> Optional.of(new Value.Amount(read.incrementAndGet())));
  }

  @Test
  void theSameLinesAreReadOnce() {
    Optional<Value> first = of("IPAddressAllow", "10.0.0.0/8", "::1/128");
    assertThat(of("IPAddressAllow", "10.0.0.0/8", "::1/128")).isSameAs(first);
    assertThat(read).hasValue(1);
  }

  @Test
  void nothingElseIsTakenForThem() {
    of("IPAddressAllow", "10.0.0.0/8", "::1/128");
    of("IPAddressAllow", "::1/128", "10.0.0.0/8");
    of("IPAddressAllow", "10.0.0.0/8");
    of("IPAddressAllow", "10.0.0.0/8 ::1/128");
    of("IPAddressDeny", "10.0.0.0/8", "::1/128");
    of("IPAddressAllow", VERSION + 1, List.of("10.0.0.0/8", "::1/128"));
    assertThat(read).hasValue(6);
  }

  @Test
  void linesThatChangeLaterAreNotKeptThatWay() {
    var lines = new ArrayList<>(List.of("10.0.0.0/8"));
    of("IPAddressAllow", VERSION, lines);
    lines.add("::1/128");
    of("IPAddressAllow", VERSION, lines);
    of("IPAddressAllow", "10.0.0.0/8");
    assertThat(read).hasValue(2);
  }

  @Test
  void whatMayBeSecretIsNotKept() {
    List<String> mayBe =
        List.of("Environment", "ExecStart", "SetCredential", "LoadCredentialEncrypted");
    for (String name : mayBe) {
      of(name, "a=b");
      of(name, "a=b");
    }
    assertThat(read).hasValue(2 * mayBe.size());
  }

  @Test
  void anErrorIsNone() {
    DirectiveInfo directive = DirectiveTable.find("IPAddressAllow").orElseThrow();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(
              () ->
                  values.of(
                      directive,
                      VERSION,
                      List.of("nonsense"),
                      () -> {
                        read.incrementAndGet();
                        throw new IllegalArgumentException();
                      }))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(read).hasValue(2);
  }

  @Test
  void thoseThatWereUsedLastStay() {
    of("UMask", "0077");
    for (int i = 0; i < 1000; i++) {
      of("UMask", "0" + i);
      of("UMask", "0077");
    }
    assertThat(read).hasValue(1001);
    of("UMask", "01");
    assertThat(read).hasValue(1002);
  }

  @Test
  void whatComesToMuchIsNotKept() {
    DirectiveInfo cpus = DirectiveTable.find("AllowedCPUs").orElseThrow();
    DirectiveInfo calls = DirectiveTable.find("SystemCallFilter").orElseThrow();
    var many = new TreeSet<String>();
    for (int i = 0; i < 8192; i++) {
      many.add("cpu" + i);
    }
    for (int i = 0; i < 2; i++) {
      values.of(cpus, VERSION, List.of("0-8191"), () -> names(many));
      values.of(calls, VERSION, List.of("~@mount:EPERM"), () -> names(many));
      values.of(calls, VERSION, List.of("~@mount"), () -> names(many));
    }
    assertThat(read).hasValue(5);
  }

  private Optional<Value> names(SortedSet<String> names) {
    read.incrementAndGet();
    return Optional.of(new Value.Names(names));
  }

  @Test
  void longOnesAreNot() {
    of("UMask", "0".repeat(5000));
    of("UMask", "0".repeat(5000));
    assertThat(read).hasValue(2);
  }

  /** Of all but filters on calls what lines come to must not depend on the device or the unit. */
  @Test
  void onlyTheVersionBearsOnWhatIsShared() {
    var one = new Effective.Context(VERSION, Syscalls.NONE, "x86-64", "sandbar-one.service");
    var calls = new TreeSet<>(List.of("read", "write"));
    var other =
        new Effective.Context(
            VERSION, new Syscalls(new TreeMap<>(), calls), "arm64", "sandbar-other.service");
    int readable = 0;
    for (DirectiveInfo directive : DirectiveTable.all().values()) {
      for (String line : SAMPLES) {
        if (directive.syntax() != Syntax.SYSCALLS) {
          String read = read(directive, line, one);
          assertThat(read(directive, line, other)).as(directive.name()).isEqualTo(read);
          readable += read.isEmpty() ? 0 : 1;
        }
      }
    }
    assertThat(readable).isGreaterThan(500);
  }

  private static String read(DirectiveInfo directive, String line, Effective.Context context) {
    try {
      return UnitText.read(directive, List.of(line), context).toString();
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
