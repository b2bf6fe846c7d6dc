package dev.sandbar.core.model;

import dev.sandbar.core.window.CronTimes;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.Window;
import dev.sandbar.core.window.Windows;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads {@code maintenance:} of an app and of a device. */
public final class MaintenanceReader {

  /** Windows that may be given. */
  public static final int MOST_WINDOWS = 16;

  /** Regular expression of how long a window is open. */
  public static final String LENGTHS = "[1-9][0-9]{0,4}m|[1-9][0-9]{0,2}h|[1-7]d";

  /** Regular expression of how long an update waits at most. */
  public static final String DEFERS = "[1-9][0-9]{0,4}m|[1-9][0-9]{0,3}h|[1-9][0-9]{0,2}d";

  /** Regular expression of names of time zones. */
  public static final String ZONES = "[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}";

  /** The field of an app that can say that it is busy. */
  static final String BUSY_FILE = "busyFile";

  private static final String APPLY = "apply";
  private static final String DOWNLOAD = "download";
  private static final List<String> WINDOW_FIELDS =
      List.of(APPLY, DOWNLOAD, "timeZone", "maxDefer");

  private static final Pattern TIME = Pattern.compile("([0-9]{1,5})([mhd])");

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;
  private final CronTimesReader cron;
  private final String path;

  MaintenanceReader(DocumentDiagnostics findings, String path) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
    this.cron = new CronTimesReader(expect);
    this.path = path;
  }

  /** Of a device. */
  Maintenance read(Node node) {
    return read(expect.fields(node, path, WINDOW_FIELDS));
  }

  /** Of an app, which has a directory for a busy file. */
  Maintenance readOfApp(Node node) {
    Map<String, Node> fields =
        expect.fields(
            node, path, Stream.concat(WINDOW_FIELDS.stream(), Stream.of(BUSY_FILE)).toList());
    boolean busyFile =
        Optional.ofNullable(fields.get(BUSY_FILE))
            .flatMap(n -> expect.flag(n, path + "." + BUSY_FILE))
            .orElse(false);
    Maintenance windows = read(fields);
    return new Maintenance(windows.apply(), windows.download(), windows.maxDefer(), busyFile);
  }

  private Maintenance read(Map<String, Node> fields) {
    ZoneId zone =
        Optional.ofNullable(fields.get("timeZone"))
            .flatMap(n -> cron.zone(n, path + ".timeZone"))
            .orElse(Maintenance.NONE.apply().zone());
    Windows apply = new Windows(windows(fields, APPLY), zone);
    Windows download = new Windows(windows(fields, DOWNLOAD), zone);
    Duration maxDefer =
        Optional.ofNullable(fields.get("maxDefer"))
            .flatMap(
                n ->
                    time(
                        n,
                        path + ".maxDefer",
                        DEFERS,
                        Maintenance.LONGEST_DEFER,
                        "minutes, hours or days up to 365d, such as 7d"))
            .orElse(Duration.ZERO);
    return new Maintenance(apply, download, maxDefer, false);
  }

  private List<Window> windows(Map<String, Node> fields, String key) {
    return Optional.ofNullable(fields.get(key))
        .map(n -> windows(n, path + "." + key))
        .orElse(List.of());
  }

  private List<Window> windows(Node node, String list) {
    var windows = new ArrayList<Window>();
    List<Node> items = expect.items(node, list, MOST_WINDOWS);
    if (node instanceof Node.Sequence && items.isEmpty()) {
      expect.invalid(
          node.at(),
          list,
          "[]",
          "has no window",
          "write [{at: \"0 2 * * *\", for: 2h}], or remove it");
    }
    for (int i = 0; i < items.size(); i++) {
      Node item = items.get(i);
      String place = "%s[%d]".formatted(list, i);
      Map<String, Node> fields = expect.fields(item, place, List.of("at", "for"));
      if (!(item instanceof Node.Mapping)) {
        continue;
      }
      Optional<CronTimes> at =
          expect.required(fields, item, place, "at").flatMap(n -> cron.times(n, place + ".at"));
      Optional<Duration> length =
          expect
              .required(fields, item, place, "for")
              .flatMap(
                  n ->
                      time(
                          n,
                          place + ".for",
                          LENGTHS,
                          Window.MOST,
                          "minutes, hours or days up to 7d, such as 2h"));
      if (at.isPresent() && length.isPresent()) {
        windows.add(new Window(at.get(), length.get()));
      }
    }
    return windows;
  }

  private Optional<Duration> time(
      Node node, String place, String form, Duration most, String help) {
    Optional<String> text = expect.text(node, place);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher matcher = TIME.matcher(text.get());
    Duration time =
        text.get().matches(form) && matcher.matches()
            ? of(Long.parseLong(matcher.group(1)), matcher.group(2))
            : Duration.ZERO;
    if (!time.isPositive() || time.compareTo(most) > 0) {
      expect.invalid(node.at(), place, text.get(), "is not such a length of time", "write " + help);
      return Optional.empty();
    }
    return Optional.of(time);
  }

  private static Duration of(long count, String unit) {
    return switch (unit) {
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
