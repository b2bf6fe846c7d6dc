package dev.sandbar.core.denial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.learn.CallRecord;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody is sent from one error to the next: the compiler takes each line that is recommended. */
class RecommendedLinesTest {

  private static final List<String> PATHS =
      List.of(
          "/dev/ttyUSB0",
          "/dev/ttyS0",
          "/dev/serial/by-id/x",
          "/dev/mem",
          "/dev/i2c-1",
          "/dev/gpiochip0",
          "/dev/video0",
          "/dev/snd/pcmC0D0p",
          "/dev/dri/card0",
          "/dev/bus/usb/001/002",
          "/dev/kvm",
          "/dev/net/tun",
          "/dev/fuse",
          "/dev/sda",
          "/dev/null",
          "/dev/input/event0",
          "/dev/watchdog",
          "/dev/rtc0",
          "/dev/disk/../x",
          "/proc/meminfo",
          "/proc/1/stat",
          "/proc/sys/net/ipv4/ip_forward",
          "/sys/class/leds/x",
          "/run/x.pid",
          "/run/docker.sock",
          "/var/lib/x/y",
          "/var/lib/sandbar-app/y",
          "/var/cache/x",
          "/var/log/x.log",
          "/srv/media/x",
          "/media/x",
          "/mnt/media",
          "/etc/media/x",
          "/usr/media",
          "/proc/media",
          "/dev/media",
          "/tmp/x",
          "/etc/shadow",
          "/home/x/y",
          "/",
          "/a b/c",
          "/x/\u0007");

  private static final DeviceFacts DEVICE =
      ReferenceDevice.facts()
          .configured(Map.of(), new TreeMap<>(Map.of("media", "/srv/media", "etc", "/srv/etc")));

  private static RefusedCall call(String name, int detail, int errno, byte... about) {
    return new RefusedCall(new CallRecord(name, detail, about), errno, -1, 1);
  }

  private static byte[] internet(int port, int... host) {
    var bytes = ByteBuffer.allocate(112).put((byte) 2).put((byte) 0).putShort((short) port);
    for (int each : host) {
      bytes.put((byte) each);
    }
    return bytes.array();
  }

  /** Of every kind that the program in the kernel notes, with every error. */
  private static List<RefusedCall> calls() {
    var calls = new ArrayList<RefusedCall>();
    for (int family = 0; family < 46; family++) {
      calls.add(call("socket", family, 97));
    }
    for (int port : new int[] {0, 53, 80, 1024, 65_535}) {
      for (int type = 0; type < 4; type++) {
        calls.add(call("bind", type, 1, internet(port)));
        calls.add(call("bind", type, 98, internet(port)));
      }
    }
    for (int first : new int[] {10, 8, 127, 224, 240, 0}) {
      calls.add(call("connect", 0, 1, internet(80, first, 1, 2, 3)));
    }
    for (int errno : List.of(RefusedCall.NO_SUCH_FILE, RefusedCall.NOT_PERMITTED)) {
      for (String path : PATHS) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        for (int flags : new int[] {0, 0x41}) {
          calls.add(call("openat", flags, errno, bytes));
        }
        for (String name : List.of("mkdir", "chdir", "execve")) {
          calls.add(call(name, 0, errno, bytes));
        }
        byte[] socket = new byte[bytes.length + 2];
        socket[0] = 1;
        System.arraycopy(bytes, 0, socket, 2, bytes.length);
        calls.add(call("connect", 0, errno, socket));
        calls.add(call("bind", 0, errno, socket));
      }
    }
    for (String name : ClosedMode.knownCalls()) {
      calls.add(call(name, 4, 1));
    }
    return calls;
  }

  /** The spec with the line, as somebody writes it: a list has its entries and those. */
  private static AppSpec with(String spec, String permissions, String line) {
    var entries = new LinkedHashMap<String, Node.Entry>();
    for (String text : List.of(permissions, line)) {
      for (Node.Entry entry : ((Node.Mapping) FlowText.parse("{" + text + "}")).entries()) {
        Node.Entry before = entries.get(entry.key());
        if (before != null
            && before.value() instanceof Node.Sequence(var at, var items)
            && entry.value() instanceof Node.Sequence(_, var more)) {
          var all = new ArrayList<>(items);
          more.stream().filter(it -> !items.contains(it)).forEach(all::add);
          entries.put(
              entry.key(), new Node.Entry(entry.keyAt(), entry.key(), new Node.Sequence(at, all)));
        } else {
          entries.put(entry.key(), entry);
        }
      }
    }
    var app = (Node.Mapping) FlowText.app("app", spec);
    var body = new ArrayList<Node.Entry>();
    for (Node.Entry entry : app.entries()) {
      if (entry.key().equals("spec") && entry.value() instanceof Node.Mapping(_, var fields)) {
        var all = new ArrayList<>(fields);
        all.add(Node.entry("permissions", Node.mapping(List.copyOf(entries.values()))));
        body.add(Node.entry("spec", Node.mapping(all)));
      } else {
        body.add(entry);
      }
    }
    return switch (SpecReader.read(Node.mapping(body))) {
      case SpecReader.Read(var read, _) -> read;
      case SpecReader.Refused refused ->
          throw new AssertionError(line + ": " + refused.diagnostics());
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "|",
        "|localNetwork: true, ports: [{port: 80}], storage: [{source: media, mountPath: /data, access: ReadOnly}]",
        "|internet: true, internetTo: [{cidr: 192.0.2.1}], state: true, serial: [{device: /dev/ttyS0}]",
        ", network: Own|localNetwork: true, ports: [{port: 80, from: LocalNetwork}]",
        ", network: Own|",
        ", mode: Open|",
      })
  void theCompilerTakesEachLine(String base) {
    String[] parts = base.split("\\|", -1);
    String spec = "{run: {command: [/usr/bin/app]}" + parts[0] + "}";
    Confines confines = Confines.of(with(spec, parts[1], ""), DEVICE);
    Set<String> there = Set.copyOf(PATHS);
    var lines = new TreeSet<String>();
    // One by one: of many at once only the last are shown.
    for (RefusedCall call : calls()) {
      for (Denial denial : RefusedCalls.read(List.of(call), confines, there::contains)) {
        denial.remedies().stream()
            .filter(it -> it.objection().isEmpty())
            .forEach(it -> lines.add(it.line()));
        assertThat(denial.remedies().isEmpty() && denial.help().isEmpty() && !isHopeless(denial))
            .as(denial.toString())
            .isFalse();
      }
    }
    for (String line : lines) {
      assertThat(Compiler.compile(with(spec, parts[1], line), DEVICE))
          .as(line)
          .isInstanceOf(Compilation.Compiled.class);
    }
    assertThat(lines).hasSizeGreaterThan(parts[0].contains("Open") ? -1 : 15);
  }

  /** What no app has, as with /dev/mem: the answer is that no permission allows it. */
  private static boolean isHopeless(Denial denial) {
    return denial.said().contains(" /dev/");
  }
}
