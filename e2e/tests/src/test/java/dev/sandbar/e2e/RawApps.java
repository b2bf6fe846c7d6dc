package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.VirtualDevice;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An app that sends frames past everything that is held above them, and who counts them. */
final class RawApps {

  /** Every frame goes by three kinds of packet socket; each says its name. */
  private static final String ATTACKER =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: AppSandbox
      metadata: {name: raw}
      spec:
        run: {command: [/usr/bin/perl, /run/raw/raw]}
        files:
          - path: /run/raw/raw
            content: |
              use Socket;
              $| = 1;
              my ($internet, $lan, $device) = ("198.51.100.2", "192.168.77.2", "020000000001");
              socket(my $u, PF_INET, SOCK_DGRAM, 0) or die;
              connect($u, pack_sockaddr_in(9, inet_aton($internet))) or die "connect $!";
              my $own = inet_ntoa((unpack_sockaddr_in(getsockname($u)))[1]);
              my $request = pack("a16 x24", "eth0");
              ioctl($u, 0x8933, $request) or die "index $!";
              my $index = unpack("x16 i", $request);
              sub sum { my ($data) = @_;
                my $sum = 0;
                $sum += $_ for unpack("n*", length($data) & 1 ? $data . "\\0" : $data);
                $sum = ($sum >> 16) + ($sum & 0xffff) while $sum >> 16;
                return ~$sum & 0xffff;
              }
              sub udp { pack("nnnn", 4000, 9999, 8 + length $_[0], 0) . $_[0] }
              sub ip { my ($from, $to, $name, $options) = @_;
                my $words = 5 + length($options) / 4;
                my $head = pack("CCnnnCCna4a4", 0x40 | $words, 0, $words * 4 + length udp($name),
                  1, 0, 64, 17, 0, inet_aton($from), inet_aton($to)) . $options;
                substr($head, 10, 2) = pack("n", sum($head));
                return $head . udp($name);
              }
              sub frame { my ($to, $type, $payload) = @_;
                pack("H12 H12 n", $to, "020000000002", $type) . $payload;
              }
              sub link_to { my ($protocol) = @_;
                pack("S n l S C C H16", 17, $protocol, $index, 0, 0, 6, $device . "0000");
              }
              sub emit { my ($name, $type, $options, $bytes, $protocol) = @_;
                socket(my $s, 17, $type, 0) or return print "$name socket $!\\n";
                setsockopt($s, 263, $_, pack("i", 1)) or print "option $_ $!\\n" for @$options;
                my $done = send($s, $bytes, 0, link_to($protocol));
                print "$name ", $done ? "sent" : "$!", "\\n";
              }
              sub raw { my ($name, $to) = @_;
                socket(my $s, PF_INET, SOCK_RAW, 255) or return print "$name socket $!\\n";
                my $done = send($s, ip($own, $to, $name, ""), 0, pack_sockaddr_in(0, inet_aton($to)));
                print "$name ", $done ? "sent" : "$!", "\\n";
              }
              sub ping {
                socket(my $s, PF_INET, SOCK_RAW, 1) or return "socket $!";
                my $echo = pack("CCnnn", 8, 0, 0, 7, 7);
                substr($echo, 2, 2) = pack("n", sum($echo));
                send($s, $echo, 0, pack_sockaddr_in(0, inet_aton($internet))) or return "send $!";
                local $SIG{ALRM} = sub { die };
                my $answer = "";
                my $said = eval { alarm 3;
                  recv($s, $answer, 1500, 0) until length $answer > 20 && ord(substr($answer, 20)) == 0;
                  alarm 0; "answered" };
                return $said || "nothing";
              }
              my %frames = (
                "fine" => frame($device, 0x0800, ip($own, $internet, "fine", "")),
                "lan" => frame($device, 0x0800, ip($own, $lan, "lan", "")),
                "router" => frame($device, 0x0800, ip($own, "192.168.77.1", "router", "")),
                "loopback" => frame($device, 0x0800, ip($own, "127.0.0.1", "loopback", "")),
                "app" => frame($device, 0x0800, ip($own, "241.1.2.3", "app", "")),
                "spoofed" => frame($device, 0x0800, ip("241.1.2.3", $internet, "spoofed", "")),
                "gateway" => frame($device, 0x0800, ip("240.0.0.1", $internet, "gateway", "")),
                "routed" => frame($device, 0x0800,
                  ip($own, $internet, "routed", pack("CCCa4C", 131, 7, 4, inet_aton($lan), 0))),
                "broadcast" => frame("ffffffffffff", 0x0800, ip($own, $internet, "broadcast", "")),
                "multicast" => frame("01005e0000fb", 0x0800, ip($own, "224.0.0.251", "multicast", "")),
                "other" => frame("02000000000a", 0x0800, ip($own, $internet, "other", "")),
                "arp" => frame("ffffffffffff", 0x0806, pack("nnCCn H12 a4 x6 a4", 1, 0x0800, 6, 4, 1,
                  "020000000002", inet_aton($own), inet_aton("192.0.2.10"))),
                "v6" => frame($device, 0x86dd, pack("NnCC x15 C x15 C", 0x60000000, 8, 17, 64, 1, 1)
                  . pack("nnnn", 4000, 9999, 8, 0)),
                "vlan" => frame($device, 0x8100, pack("nn", 1, 0x0800) . ip($own, $internet, "vlan", "")),
                "untagged" => frame($device, 0x8100, pack("nn", 0, 0x0800) . ip($own, $lan, "untagged", "")),
                "stacked" => frame($device, 0x88a8, pack("nn", 0, 0x0800) . ip($own, $lan, "stacked", "")),
                "unknown" => frame($device, 0x88b5, ip($own, $internet, "unknown", "")),
                "disguised" => frame($device, 0x8100, ip($own, $internet, "disguised", "")),
              );
              while (1) {
                print "ping ", ping(), "\\n";
                print "name ", gethostbyname("name.example") ? "known" : "unknown", "\\n";
                for my $name (sort keys %frames) {
                  my $type = unpack("x12 n", $frames{$name});
                  for my $protocol ($type, 0x0800, 0x0003, 0) {
                    emit($name, SOCK_RAW, [], $frames{$name}, $protocol);
                    emit($name, SOCK_RAW, [20], $frames{$name}, $protocol);
                  }
                }
                emit("cooked", SOCK_DGRAM, [], ip($own, $lan, "cooked", ""), 0x0800);
                emit("bypassed", SOCK_DGRAM, [20], ip($own, $lan, "bypassed", ""), 0x0800);
                # A header of virtio, and a packet that the kernel is to cut into small ones.
                emit("cut", SOCK_RAW, [15], pack("CCSSSS", 0, 0, 0, 0, 0, 0) . $frames{"lan"}, 0x0800);
                raw("raw-internet", $internet);
                raw("raw-lan", $lan);
                print "round\\n";
                sleep 1;
              }
        permissions: {internet: true, rawNetwork: true}
        network: Own
      """;

  private RawApps() {}

  static String attacker() {
    return ATTACKER;
  }

  /** Counts at the device's end of the app's interface: what the app may send, and all else. */
  static void count(VirtualDevice device, String address) {
    device
        .exec(
            "sh",
            "-ec",
            """
            link=$(ls /sys/class/net | grep '^sb-')
            nft -f - <<END
            table netdev watched {
              chain seen {
                type filter hook ingress device "$link" priority -500;
                ether daddr 02:00:00:00:00:01 ether type ip ip saddr ADDRESS ip daddr { 127.0.0.53, 198.51.100.2 } ip hdrlength 5 counter accept comment "fine"
                counter comment "other"
              }
            }
            END
            """
                .replace("ADDRESS", address))
        .orThrow();
  }

  /** How many frames were counted. */
  static long counted(VirtualDevice device, String comment) {
    String rules = device.exec("nft", "list", "chain", "netdev", "watched", "seen").orThrow();
    Matcher counter =
        Pattern.compile("counter packets (\\d+) bytes \\d+ (accept )?comment \"" + comment + "\"")
            .matcher(rules);
    assertThat(counter.find()).as(rules).isTrue();
    return Long.parseLong(counter.group(1));
  }
}
