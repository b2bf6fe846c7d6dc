package dev.sandbar.schema;

import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Permission;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Rules of the admission policy for the system bus. */
final class BusRules {

  private static final String TALK = "variables.busNames";
  private static final String OWN = "variables.busOwned";

  private BusRules() {}

  static void variables(Map<String, String> variables) {
    variables.put(
        "bus",
        "'dbus' in variables.permissions && type(variables.permissions.dbus) == map ?"
            + " variables.permissions.dbus : {}");
    variables.put(
        "busNames",
        "'talk' in variables.bus && type(variables.bus.talk) == list ? variables.bus.talk : []");
    variables.put(
        "busOwned",
        "'own' in variables.bus && type(variables.bus.own) == list ? variables.bus.own : []");
    variables.put(
        "usesBus",
        TALK
            + ".size() > 0 || "
            + OWN
            + ".size() > 0 || ('bluetooth' in variables.permissions &&"
            + " variables.permissions.bluetooth == true)");
  }

  static void add(Map<String, String> rules) {
    String value = "variables.permissions.dbus";
    rules.put(
        "dbusShape",
        "!('dbus' in variables.permissions) || type(%1$s) == map || %1$s == false ? [] : %1$s == true ? [%2$s] : [%3$s]"
            .formatted(
                value,
                Cel.text(
                    "permissions.dbus: true does not say which: write for example "
                        + Permission.DBUS.example()),
                Cel.text(
                    "permissions.dbus is not a mapping with a list talk or own, or false: write for"
                        + " example "
                        + Permission.DBUS.example())));
    rules.put(
        "dbusFields",
        "variables.bus.filter(k, !(k in ['talk', 'own'])).map(k, \"unknown field permissions.dbus.\" + k + %s)"
            .formatted(Cel.text(": write for example " + Permission.DBUS.example())));
    rules.put(
        "dbusTalk",
        "'dbus' in variables.permissions && type(variables.permissions.dbus) == map &&"
            + " (variables.bus.size() == 0"
            + " || variables.bus.exists(k, k in ['talk', 'own'] && type(variables.bus[k]) != list)) ? [%s] : []"
                .formatted(
                    Cel.text(
                        "permissions.dbus does not say which: write for example "
                            + Permission.DBUS.example())));
    rules.put(
        "dbusNames",
        "%s.filter(i, !(i.size() <= %d && %s)).map(i, \"permissions.dbus.talk: '\" + i + %s)"
            .formatted(
                TALK,
                BusName.LONGEST,
                Cel.matches("i", BusName.FORM),
                Cel.text(
                    "' is not the name of a service on the system bus: write the whole name, such"
                        + " as org.bluez")));
    rules.put(
        "dbusNever",
        "%s.filter(i, %s.exists(n, i == n || i.startsWith(n + '.'))).map(i, \"permissions.dbus.talk: '\" + i + %s)"
            .formatted(
                TALK,
                Cel.list(BusName.never()),
                Cel.text("' gives its callers the device, so no app reaches it: remove it")));
    rules.put(
        "dbusOwned",
        "%s.filter(i, !(i.size() <= %d && %s)).map(i, \"permissions.dbus.own: '\" + i + %s)"
            .formatted(
                OWN,
                BusName.LONGEST,
                Cel.matches("i", BusName.FORM),
                Cel.text(
                    "' is not the name of a service on the system bus: write the whole name, such"
                        + " as com.example.Pump")));
    rules.put(
        "dbusOwnedNever",
        "%s.filter(i, %s.exists(n, i == n || i.startsWith(n + '.'))).map(i, \"permissions.dbus.own: '\" + i + %s)"
            .formatted(
                OWN,
                Cel.list(
                    Stream.concat(BusName.never().stream(), BusName.ofTheSystem().stream())
                        .toList()),
                Cel.text(
                    "' is a service of the system itself, so no app takes its place: own a name of"
                        + " your own, such as com.example.Pump")));
    rules.put(
        "dbusOwnedTwice",
        "%1$s.exists(a, %1$s.filter(b, b == a).size() > 1) ? [%2$s] : []"
            .formatted(OWN, Cel.text("permissions: dbus.own lists a name twice: remove one")));
    rules.put(
        "dbusOwnedCalled",
        "%s.exists(a, a in %s) ? [%s] : []"
            .formatted(
                OWN,
                TALK,
                Cel.text(
                    "permissions: dbus.talk lists a name that dbus.own has, which the app may call"
                        + " anyway: remove it from talk")));
    rules.put(
        "dbusTwice",
        "%1$s.exists(a, %1$s.filter(b, b == a).size() > 1) ? [%2$s] : []"
            .formatted(TALK, Cel.text("permissions: dbus.talk lists a name twice: remove one")));
    rules.put(
        "dbusBluetooth",
        "%s.exists(i, i == %s) && 'bluetooth' in variables.permissions &&"
                .formatted(TALK, Cel.text(BusName.BLUEZ.value()))
            + " variables.permissions.bluetooth == false ? [%s] : []"
                .formatted(
                    Cel.text(
                        "permissions: dbus.talk names what bluetooth: false withholds: remove one"
                            + " of them")));
    for (Permission permission : List.of(Permission.DBUS, Permission.BLUETOOTH)) {
      String granted =
          permission == Permission.DBUS
              ? "(" + TALK + ".size() > 0 || " + OWN + ".size() > 0)"
              : SocketRules.granted(permission);
      rules.put(
          permission.key() + "InOpenMode",
          ClosedOnlyRules.rule(permission.key(), granted, "reaches the whole system bus"));
      rules.put(
          permission.key() + "InNetworkOfDevice",
          "%s && %s && !(%s) ? [%s] : []"
              .formatted(
                  SocketRules.inNetworkOfDevice(),
                  granted,
                  SocketRules.granted(Permission.UNIX_SOCKETS),
                  Cel.text(
                      "permissions.%s in the network of the device opens the sockets too that its programs have there without a file: write network: Own, or grant unixSockets: true as well if the app may reach those"
                          .formatted(permission.key()))));
    }
  }
}
