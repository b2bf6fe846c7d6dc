package dev.sandbar.core.model;

import dev.sandbar.core.window.CronReader;
import dev.sandbar.core.window.CronReading;
import dev.sandbar.core.window.CronTimes;
import java.time.ZoneId;
import java.util.Optional;

/** Reads cron times, and the name of the time zone of the clock that shows them. */
final class CronTimesReader {

  private final NodeValidator expect;

  CronTimesReader(NodeValidator expect) {
    this.expect = expect;
  }

  Optional<CronTimes> times(Node node, String place) {
    Optional<String> text = expect.text(node, place);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    return switch (CronReader.read(text.get())) {
      case CronReading.Times(var times) -> Optional.of(times);
      case CronReading.Fault(var why, var help) -> {
        expect.invalid(node.at(), place, text.get(), why, help);
        yield Optional.empty();
      }
    };
  }

  Optional<ZoneId> zone(Node node, String place) {
    Optional<String> text = expect.text(node, place);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.get().matches(MaintenanceReader.ZONES)
        && ZoneId.getAvailableZoneIds().contains(text.get())) {
      return Optional.of(ZoneId.of(text.get()));
    }
    expect.invalid(
        node.at(),
        place,
        text.get(),
        "is not the name of a time zone",
        Nearest.to(text.get(), ZoneId.getAvailableZoneIds())
            .map("did you mean %s?"::formatted)
            .orElse("write a name of the IANA database such as Europe/Berlin, or UTC"));
    return Optional.empty();
  }
}
