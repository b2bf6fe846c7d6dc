package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.RunSchedule;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What starts an app at the times of its schedule (systemd.timer(5)), in the place of the target of
 * all apps. It is named by its content, so that versions of an app do not share a file unless they
 * run at the same times: the one that is active is the one of the version on the device.
 *
 * @param app that it starts
 */
public record AppTimer(AppName app, RunSchedule.Times times) {

  private static final String PREFIX = "sandbar-";
  private static final String SUFFIX = ".timer";
  private static final int DIGITS = 12;
  private static final Pattern NAME =
      Pattern.compile(PREFIX + "(.+)-[0-9a-f]{" + DIGITS + "}[.]timer");

  /** That of an app; none of one that runs always. */
  public static List<AppTimer> of(AppSpec app) {
    return switch (app.run().lifecycle().schedule()) {
      case RunSchedule.Always() -> List.of();
      case RunSchedule.Times times -> List.of(new AppTimer(app.name(), times));
    };
  }

  /** Whether it is not the target of all apps that starts the app. */
  public static boolean starts(AppSpec app) {
    return !of(app).isEmpty();
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return NAME.matcher(file).matches();
  }

  /** Whether a unit is a timer of the app, of whatever version. */
  public static boolean isOf(AppName app, UnitName unit) {
    return app(unit).filter(app::equals).isPresent();
  }

  /** The app that a unit is a timer of; empty if it is none. */
  static Optional<AppName> app(UnitName unit) {
    return SideUnit.app(NAME, unit);
  }

  /** Whether its times are of the zone that systemd knows by itself. */
  boolean isUniversal() {
    return times.zone().getId().equals("UTC");
  }

  /** The unit. */
  public UnitName unit() {
    return new UnitName(PREFIX + app + "-" + Sha256.of(text()).hex().substring(0, DIGITS) + SUFFIX);
  }

  /**
   * Exact content of its file. Persistent=: a device that was off at a time runs the app when it is
   * up again, once, as a CronJob does. systemd starts a timer after time-sync.target, so a clock
   * that was not set yet runs nothing.
   */
  public String text() {
    return UnitMark.ofBase()
        + """

        [Unit]
        Description=Schedule of the app %1$s (%2$s)
        PartOf=%3$s

        [Timer]
        %4$s
        AccuracySec=1s
        Persistent=yes
        Unit=%5$s

        [Install]
        WantedBy=%3$s
        """
            .formatted(
                app,
                times.cron(),
                UnitName.TARGET,
                CalendarTimes.of(times).stream()
                    .map(event -> "OnCalendar=" + event)
                    .collect(Collectors.joining("\n")),
                UnitName.own(app));
  }
}
