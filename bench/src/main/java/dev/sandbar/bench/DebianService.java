package dev.sandbar.bench;

import java.util.List;

/**
 * A service of Debian, and a client that has it do its work.
 *
 * @param unit without {@code .service}
 * @param configure commands that give it something to do; run once, before its first start
 * @param work commands of a client; they fail if the service did not do its work
 * @param load one command that loads it, and is timed; empty if it is not
 */
record DebianService(String unit, String configure, String work, String load) {

  /** What their packages, their clients and strace(1), which shh needs, are called. */
  static final List<String> PACKAGES =
      List.of(
          "curl",
          "dns-root-data",
          "dnsmasq",
          "haproxy",
          "lighttpd",
          "mosquitto",
          "mosquitto-clients",
          "nginx-light",
          "prometheus-node-exporter",
          "redis-server",
          "snmp",
          "snmpd",
          "strace",
          "unbound");

  static final List<DebianService> ALL =
      List.of(
          new DebianService(
              "mosquitto",
              "",
              "mosquitto_pub -h 127.0.0.1 -r -q 1 -t depth -m 42;"
                  + " mosquitto_sub -h 127.0.0.1 -t depth -C 1 -W 5 | grep -q 42",
              ""),
          new DebianService(
              "redis-server",
              "",
              "redis-cli set depth 42; redis-cli save | grep -q OK; redis-cli get depth | grep -q 42",
              "redis-benchmark -q -t set -n 20000"),
          new DebianService(
              "nginx",
              "",
              "busybox wget -q -O- http://127.0.0.1/ | grep -q nginx",
              "curl -s -f -o /dev/null 'http://127.0.0.1/?[1-2000]'"),
          new DebianService(
              "lighttpd", "", "busybox wget -q -O- http://127.0.0.1/ | grep -qi lighttpd", ""),
          new DebianService(
              "haproxy",
              "printf '%s\\n' 'listen stats' ' bind 127.0.0.1:8404' ' stats enable' ' stats uri /'"
                  + " >>/etc/haproxy/haproxy.cfg",
              "busybox wget -q -O- http://127.0.0.1:8404/ | grep -q HAProxy",
              ""),
          new DebianService(
              "dnsmasq",
              "printf '%s\\n' bind-interfaces listen-address=127.0.0.1 address=/pump.example/192.0.2.7"
                  + " >/etc/dnsmasq.d/site.conf",
              "busybox nslookup pump.example 127.0.0.1 | grep -q 192.0.2.7",
              ""),
          new DebianService(
              "unbound",
              "printf '%s\\n' server: ' local-data: \"pump.example. A 192.0.2.7\"'"
                  + " >/etc/unbound/unbound.conf.d/site.conf",
              "busybox nslookup pump.example 127.0.0.1 | grep -q 192.0.2.7",
              ""),
          new DebianService(
              "snmpd",
              "",
              "snmpget -v 2c -c public 127.0.0.1 1.3.6.1.2.1.1.3.0 | grep -q Timeticks",
              ""),
          new DebianService(
              "prometheus-node-exporter",
              "",
              "busybox wget -q -O- http://127.0.0.1:9100/metrics | grep -q ^node_load1",
              ""));
}
