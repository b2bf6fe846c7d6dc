package dev.sandbar.schema;

import dev.sandbar.core.model.HostNames;
import dev.sandbar.core.model.SpecBounds;
import java.util.Map;

/** What an object may say of hosts that {@code internetTo} names. */
final class HostRules {

  private HostRules() {}

  static void add(Map<String, String> rules) {
    rules.put(
        "destinations",
        "variables.internetTo.filter(i, has(i.cidr) == has(i.host)).map(i, "
            + Cel.text(
                "permissions.internetTo: an entry has one of cidr and host: write for example cidr:"
                    + " 203.0.113.0/24, or host: mqtt.example.com")
            + ")");
    rules.put(
        "hostNames",
        PolicyRules.each(
            "internetTo",
            "has(i.host) && (i.host.size() > %d || !%s)"
                .formatted(HostNames.LONGEST, Cel.matches("i.host", "^" + HostNames.PATTERN + "$")),
            "host",
            "is not the name of a host: write the whole name in lower case, such as"
                + " mqtt.example.com, without * and without a dot at the end"));
    String hosts = "variables.internetTo.filter(i, has(i.host)).size()";
    rules.put(
        "mostHosts",
        "%s > %d ? ['permissions: internetTo names more than %d hosts: name fewer, or give prefixes that hold several'] : []"
            .formatted(hosts, SpecBounds.MOST_HOSTS, SpecBounds.MOST_HOSTS));
    rules.put(
        "hostsOfUnit",
        "variables.adopts && %s > 0 ? [%s] : []"
            .formatted(
                hosts,
                Cel.text(
                    "internetTo by host follows the addresses of the host, and a service that"
                        + " run.unit confines is restarted for each change: write cidr: with the"
                        + " addresses of the host")));
  }
}
