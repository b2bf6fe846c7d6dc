package dev.sandbar.schema;

import dev.sandbar.core.compile.ClosedMode;
import java.util.Map;

/** The rules of the admission policy about the program, how it starts and how it stops. */
final class RunRules {

  private static final String NOTIFIES =
      "has(object.spec.run.type) && object.spec.run.type == 'Notify'";

  private RunRules() {}

  /** What a service of the device has instead. */
  private static void adoption(Map<String, String> rules) {
    rules.put(
        "unitAlone",
        "!variables.adopts ? [] : object.spec.run.filter(k, k != 'unit').map(k, 'run.' + k + ' is of a"
            + " program of the app itself, and run.unit names a service of the device: remove one"
            + " of them')");
    rules.put(
        "unitOfTheDevice",
        "!variables.adopts ? [] : ['image', 'files', 'secrets'].filter(k, k in object.spec).map(k, k + ' is for a"
            + " program of the app itself, and run.unit keeps what the service has: remove it')");
    rules.put(
        "unitChecks",
        "variables.adopts && has(object.spec.health) && has(object.spec.health.ready) &&"
            + " has(object.spec.health.ready.exec) ? ['health.ready.exec runs in a sandbox like that"
            + " of the app itself, and run.unit has none of its own: write ready: {tcp: {port:"
            + " 8080}} or ready: {http: {port: 8080}}'] : []");
    rules.put(
        "unitCalls",
        "variables.adopts && has(object.spec.systemCalls) && has(object.spec.systemCalls.allow) &&"
            + " object.spec.systemCalls.allow.size() > 0 ? ['systemCalls.allow gives calls back, and"
            + " run.unit only takes from a service: remove it'] : []");
  }

  private static void runtimeDirectories(Map<String, String> rules) {
    String any = "has(object.spec.run.runtimeDirectories)";
    rules.put(
        "runtimeInOpenMode",
        "!variables.closed && "
            + any
            + " && object.spec.run.runtimeDirectories.size() > 0 ? ['run.runtimeDirectories are in a"
            + " /run of the app, which it does not have in Open mode: write directives:"
            + " {RuntimeDirectory: NAME}, or set mode: Closed'] : []");
    rules.put(
        "filesInRuntime",
        any
            + " ? variables.files.filter(i, object.spec.run.runtimeDirectories.exists(d, i.path =="
            + " '/run/' + d || i.path.startsWith('/run/' + d + '/'))).map(i, \"files: '\" + i.path +"
            + " \"' is in a directory of run.runtimeDirectories, which is empty at each start: give the"
            + " file another path, such as /run/NAME/FILE\") : []");
  }

  static void add(Map<String, String> rules) {
    adoption(rules);
    UserRules.add(rules);
    runtimeDirectories(rules);
    rules.put(
        "environmentNames",
        ("(has(object.spec.run.environment) ? object.spec.run.environment : {}).filter(k, !%s ||"
                + " k.startsWith('SANDBAR_')).map(k, \"run.environment: '\" + k + %s)")
            .formatted(
                Cel.matches("k", "^[A-Za-z_][A-Za-z0-9_]{0,127}$"),
                Cel.text(
                    "' is not the name of a variable, or is reserved: use letters, digits and _,"
                        + " not beginning with a digit or SANDBAR_")));
    rules.put(
        "programPlace",
        ("!variables.closed ? [] : variables.programs.filter(p, %s.exists(f, p.startsWith(f + '/')))"
                + ".map(p, 'run: ' + p + ' stands where no app can execute anything: put the program"
                + " below /usr or /opt')")
            .formatted(Cel.list(ClosedMode.neverPrograms())));
    rules.put(
        "programInVolume",
        "!variables.closed ? [] : variables.programs.filter(p, variables.placed.exists(v, p =="
            + " v.mountPath || p.startsWith(v.mountPath + '/'))).map(p, 'run: ' + p + ' stands where"
            + " no app can execute anything, in a volume: put the program below /usr or /opt')");
    rules.put(
        "notifySocket",
        NOTIFIES
            + " && variables.talkTo.size() + variables.acceptFrom.size() == 0"
            + " && !variables.usesBus && !variables.asksAgent"
            + " && !('unixSockets' in variables.permissions ? variables.permissions.unixSockets =="
            + " true : !variables.closed) ? ['run.type: Notify speaks to systemd over a Unix socket:"
            + " grant permissions.unixSockets: true, or set run.type: Exec'] : []");
    rules.put(
        "watchdogOfNotify",
        "has(object.spec.run.watchdog) && !("
            + NOTIFIES
            + ") ? ['run.watchdog waits for signs of life: set run.type: Notify, or remove"
            + " run.watchdog'] : []");
    rules.put(
        "zoneOfSchedule",
        "has(object.spec.run.timeZone) && !has(object.spec.run.schedule) ? ['run.timeZone is that of"
            + " run.schedule, and there is none: write run.schedule, or remove run.timeZone'] :"
            + " []");
    rules.put(
        "scheduleEnds",
        "!has(object.spec.run.schedule) || !('Restart' in variables.directives) ? [] : ['always',"
            + " 'on-success'].filter(r, r == variables.directives.Restart).map(r,"
            + " 'directives.Restart: ' + r + ' starts the program again after it has ended well, and"
            + " run.schedule says when it runs: remove directives.Restart, or write on-failure')");
    rules.put(
        "scheduleChecks",
        "has(object.spec.run.schedule) && has(object.spec.health) && has(object.spec.health.ready)"
            + " ? ['health.ready asks a program that stays"
            + " up, and one with run.schedule ends: remove health.ready'] : []");
    rules.put(
        "twoTypes",
        "has(object.spec.run.type) && object.spec.run.type != 'Exec'"
            + " && 'Type' in variables.directives ? ['run.type and directives.Type both say when the"
            + " app counts as started: remove directives.Type'] : []");
    rules.put(
        "afterItself",
        "has(object.spec.run.after) && object.metadata.name in object.spec.run.after ? ['run.after"
            + " names the app itself: remove it'] : []");
  }
}
