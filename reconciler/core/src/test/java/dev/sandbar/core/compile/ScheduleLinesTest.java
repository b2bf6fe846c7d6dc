package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An app with a schedule, as lines of its unit and of the timer beside it. */
class ScheduleLinesTest {

  private static CompiledApp scheduled(String schedule, String more) {
    return compiled(
        "{run: {command: [/usr/bin/backup], schedule: \"%s\"%s}}".formatted(schedule, more),
        TestDevice.with(257));
  }

  private static AppTimer timer(CompiledApp app) {
    assertThat(app.timers()).hasSize(1);
    return app.timers().getFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 2 * * *|*-*-* 02:00:00 UTC",
        "*/15 6-8 * * MON-FRI|Mon,Tue,Wed,Thu,Fri *-*-* 06,07,08:00,15,30,45:00 UTC",
        "5 0 1 JAN,jul *|*-01,07-01 00:05:00 UTC",
        "* * * * *|*-*-* *:*:00 UTC",
        "@weekly|Sun *-*-* 00:00:00 UTC",
        "0 0 10-30/10 * ?|*-*-10,20,30 00:00:00 UTC",
      })
  void cronTimesAreCalendarEvents(String schedule, String event) {
    assertThat(timer(scheduled(schedule, "")).text()).contains("\nOnCalendar=" + event + "\n");
  }

  /** Of two days that are both restricted cron takes either, and systemd wants both. */
  @Test
  void eitherDayIsAnEventOfItsOwn() {
    assertThat(timer(scheduled("30 4 13 * FRI", "")).text())
        .contains("OnCalendar=*-*-13 04:30:00 UTC\nOnCalendar=Fri *-*-* 04:30:00 UTC\n");
  }

  @Test
  void theTimerIsWhatTheTargetStarts() {
    CompiledApp app = scheduled("0 2 * * *", ", timeZone: Europe/Berlin");
    AppTimer timer = timer(app);
    assertThat(timer.text())
        .startsWith("# Written by Sandbar; changes are drift.\n")
        .contains(
            "OnCalendar=*-*-* 02:00:00 Europe/Berlin\n",
            "Persistent=yes\n",
            "Unit=sandbar-app.service\n",
            "WantedBy=sandbar.target\n");
    assertThat(values(app, "WantedBy")).isEmpty();
    assertThat(values(app, "Also")).containsExactly(timer.unit().value());
    assertThat(values(app, "Restart")).containsExactly("no");
    assertThat(SideUnit.of(app)).containsExactly(new SideUnit(timer.unit(), timer.text(), false));
    assertThat(SideUnit.isOwn(timer.unit().value())).isTrue();
    assertThat(SideUnit.app(timer.unit())).contains(app.spec().name());
    assertThat(AppTimer.isOf(app.spec().name(), timer.unit())).isTrue();
    assertThat(AppTimer.isOf(new AppName("ap"), timer.unit())).isFalse();
    assertThat(SideUnit.app(new UnitName("sandbar-app.timer"))).isEmpty();
    assertThat(SideUnit.app(app.unit())).isEmpty();
  }

  /** Versions that run at other times have other timers, and are other versions. */
  @Test
  void timesAreOfTheVersion() {
    CompiledApp one = scheduled("0 2 * * *", "");
    CompiledApp other = scheduled("0 3 * * *", "");
    assertThat(timer(one).unit()).isNotEqualTo(timer(other).unit());
    assertThat(one.generation()).isNotEqualTo(other.generation());
    assertThat(timer(scheduled("0 2 * * *", "")).unit()).isEqualTo(timer(one).unit());
  }

  @Test
  void aTimerIsOfOneAppAlone() {
    UnitName timer = timer(scheduled("0 2 * * *", "")).unit();
    assertThat(AppTimer.isOf(new AppName("app"), timer)).isTrue();
    for (String name : List.of("ap", "app-0", "ap-p", "other")) {
      assertThat(AppTimer.isOf(new AppName(name), timer)).as(name).isFalse();
    }
    UnitName longer = new UnitName("sandbar-app-0123456789ab-0123456789ab.timer");
    assertThat(AppTimer.isOf(new AppName("app"), longer)).isFalse();
    assertThat(AppTimer.isOf(new AppName("app-0123456789ab"), longer)).isTrue();
    assertThat(AppTimer.isOwn("sandbar-backup.timer")).isFalse();
  }

  /** Neither what is plugged in nor what is mounted starts it; both must be there when it runs. */
  @Test
  void nothingElseStartsIt() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/backup], schedule: \"@daily\"},"
                + " permissions: {serial: [{vendor: \"0403\", product: \"6001\"}]}}",
            TestDevice.with(257));
    assertThat(values(app, "WantedBy")).isEmpty();
    assertThat(values(app, "Requisite")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "directives: {Restart: always}|remove directives.Restart, or write on-failure",
        "directives: {Restart: on-success}|remove directives.Restart, or write on-failure",
        "health: {ready: {exec: {command: [/usr/bin/check]}}}|remove health.ready",
      })
  void whatIsForProgramsThatStayUpIsRefused(String more, String help) {
    assertThat(
            errors(
                "{run: {command: [/usr/bin/backup], schedule: \"@daily\"}, %s}".formatted(more),
                TestDevice.with(257)))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(it.help()).contains(help);
            });
  }

  @Test
  void aZoneNeedsTheDatabaseOfTheDevice() {
    String spec = "{run: {command: [/usr/bin/backup], schedule: \"@daily\", timeZone: %s}}";
    assertThat(errors(spec.formatted("Europe/Berlin"), TestDevice.without(Feature.TIME_ZONES)))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.CANNOT_ENFORCE);
              assertThat(it.message()).contains("run.timeZone Europe/Berlin: this device lacks");
              assertThat(it.help()).contains("install tzdata");
            });
    assertThat(compiled(spec.formatted("UTC"), TestDevice.without(Feature.TIME_ZONES)).timers())
        .hasSize(1);
  }

  @Test
  void whatFailedMayBeTriedAgain() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/backup], schedule: \"@daily\"},"
                + " directives: {Restart: on-failure, RuntimeMaxSec: 3600}}",
            TestDevice.with(257));
    assertThat(values(app, "Restart")).containsExactly("on-failure");
    assertThat(values(app, "RuntimeMaxSec")).containsExactly("3600");
  }
}
