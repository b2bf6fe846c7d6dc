package dev.sandbar.e2e;

/** A program that tampers with the BPF programs of a cgroup by bpf(2); devices have no bpftool. */
final class BpfScript {

  /**
   *
   *
   * <ul>
   *   <li>{@code count CGROUP TYPE}: prints how many of a type of enum bpf_attach_type are attached
   *   <li>{@code detach CGROUP TYPE}: all programs of a type of enum bpf_attach_type
   *   <li>{@code attach CGROUP TYPE KIND NAME}: one of that enum bpf_prog_type that lets all
   *       through
   *   <li>{@code allow CGROUP TYPE ADDRESS LENGTH}: a prefix in place of another in all maps of
   *       IPv4 prefixes
   *   <li>{@code replace CGROUP TYPE KIND NAME}: the same in the place of those that are attached
   *       by a link (BPF_LINK_UPDATE), as systemd attaches those on ports
   *   <li>{@code rule CGROUP TYPE MAP INDEX FAMILY PROTOCOL COUNT FIRST}: a rule about ports
   *       (struct socket_bind_rule of systemd) in an array with that name
   * </ul>
   */
  static final String TEXT =
      """
      use strict;
      my ($what, $cgroup, $type, @more) = @ARGV;
      my $number = `uname -m` =~ /aarch64/ ? 280 : 321;
      sub bpf {
        # No copy: the kernel writes its answer there.
        my $result = syscall($number, $_[0], $_[1], length $_[1]);
        die "bpf $_[0]: $!" if $result < 0;
        return $result;
      }
      sub address { return unpack('Q', pack('P', $_[0])); }
      sysopen(my $directory, $cgroup, 0) or die "$cgroup: $!";
      my $fd = fileno $directory;
      my $ids = "\\0" x 256;
      my $query = pack('LLLLQLL', $fd, $type, 0, 0, address($ids), 64, 0);
      bpf(16, $query);
      my $count = (unpack('LLLLQLL', $query))[5];
      my @programs = map { bpf(13, pack('LLLL', $_, 0, 0, 0)) } unpack("L$count", $ids);
      sub permissive {
        # r0 = 1; exit
        my ($kind, $name) = @_;
        my $code = pack('CCsl', 0xb7, 0, 0, 1) . pack('CCsl', 0x95, 0, 0, 0);
        my $license = "GPL\\0";
        return bpf(5, pack('LLQQLLQLLa16LL',
            $kind, 2, address($code), address($license), 0, 0, 0, 0, 0, $name, 0, $type));
      }
      sub maps {
        my $maps = "\\0" x 64;
        my $info = "\\0" x 80;
        substr($info, 52, 4) = pack('L', 16);
        substr($info, 56, 8) = pack('Q', address($maps));
        bpf(15, pack('LLQ', $_[0], 80, address($info)));
        my @ids = unpack('L' . unpack('L', substr($info, 52, 4)), $maps);
        return map { bpf(14, pack('LLLL', $_, 0, 0, 0)) } @ids;
      }
      if ($what eq 'count') {
        print "$count\\n";
      } elsif ($what eq 'detach') {
        bpf(9, pack('LLLL', $fd, $_, $type, 0)) for @programs;
      } elsif ($what eq 'attach') {
        my $program = permissive(@more);
        bpf(8, pack('LLLL', $fd, $program, $type, 2));
      } elsif ($what eq 'allow') {
        my $done = 0;
        for my $program (@programs) {
          for my $map (maps($program)) {
            my $shape = "\\0" x 16;
            bpf(15, pack('LLQ', $map, 16, address($shape)));
            my ($kind, undef, $key, $value) = unpack('LLLL', $shape);
            next unless $kind == 11 && $key == 8;
            my $entry = pack('LC4', $more[1], split(/\\./, $more[0]));
            my $one = pack("Q", 1) . "\\0" x 16;
            # systemd makes it as large as its list is long.
            my $old = "\\0" x 8;
            bpf(4, pack('LLQQ', $map, 0, 0, address($old)));
            bpf(3, pack('LLQ', $map, 0, address($old)));
            bpf(2, pack('LLQQQ', $map, 0, address($entry), address($one), 0));
            $done++;
          }
        }
        die 'no map' unless $done;
      } elsif ($what eq 'replace') {
        my %numbers = map { $_ => 1 } unpack("L$count", $ids);
        my ($link, $done) = (0, 0);
        for (;;) {
          my $next = pack('LLLL', $link, 0, 0, 0);
          last if syscall($number, 31, $next, length $next) < 0;
          $link = (unpack('LLLL', $next))[1];
          my $held = bpf(30, pack('LLLL', $link, 0, 0, 0));
          my $info = "\\0" x 64;
          bpf(15, pack('LLQ', $held, 64, address($info)));
          if ($numbers{(unpack('LLL', $info))[2]}) {
            bpf(29, pack('LLLL', $held, permissive(@more), 0, 0));
            $done++;
          }
        }
        die 'no link' unless $done;
      } elsif ($what eq 'rule') {
        my ($name, $index, @rule) = @more;
        my $done = 0;
        for my $map (map { maps($_) } @programs) {
          my $shape = "\\0" x 40;
          bpf(15, pack('LLQ', $map, 40, address($shape)));
          next unless unpack('Z16', substr($shape, 24)) eq $name;
          my $key = pack('L', $index);
          my $value = pack('LLSS', @rule);
          bpf(2, pack('LLQQQ', $map, 0, address($key), address($value), 0));
          $done++;
        }
        die 'no map' unless $done;
      }
      """;

  private BpfScript() {}
}
