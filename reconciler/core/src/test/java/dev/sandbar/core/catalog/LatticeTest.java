package dev.sandbar.core.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.PortRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws that make the order of permissions irrelevant, over random points. */
class LatticeTest {

  private static final int TRIES = 400;
  private static final List<Mount> MOUNTS =
      List.of(new Mount("m", "/a", true), new Mount("m", "/a", false), new Mount("n", "/b", true));
  private static final List<PortRange> PORTS =
      List.of(
          PortRange.any(Protocol.UDP),
          new PortRange(Protocol.TCP, 80, 80),
          new PortRange(Protocol.TCP, 80, 90));
  private static final List<AppName> APPS =
      List.of(new AppName("a"), new AppName("b"), new AppName("c"));
  private static final List<BusName> SERVICES =
      List.of(BusName.BLUEZ, new BusName("org.example.Pump"), new BusName("org.example.Valve"));
  private static final List<String> WORDS = List.of("a", "b", "c", "d");

  private record Source<T extends Lattice<T>>(String name, Function<Random, T> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Source<?>> lattices() {
    return Stream.of(
        new Source<>("names", LatticeTest::names),
        new Source<>("addresses", LatticeTest::addresses),
        new Source<>("sandboxes", LatticeTest::sandbox));
  }

  @ParameterizedTest
  @MethodSource("lattices")
  <T extends Lattice<T>> void mergingIsAJoinInALattice(Source<T> source) {
    var random = new Random(20260101);
    for (int i = 0; i < TRIES; i++) {
      T a = source.make().apply(random);
      T b = source.make().apply(random);
      T c = source.make().apply(random);
      assertThat(a.join(b)).isEqualTo(b.join(a));
      assertThat(a.meet(b)).isEqualTo(b.meet(a));
      assertThat(a.join(b).join(c)).isEqualTo(a.join(b.join(c)));
      assertThat(a.meet(b).meet(c)).isEqualTo(a.meet(b.meet(c)));
      assertThat(a.join(a)).isEqualTo(a);
      assertThat(a.meet(a)).isEqualTo(a);
      assertThat(a.join(a.meet(b))).isEqualTo(a);
      assertThat(a.meet(a.join(b))).isEqualTo(a);
      assertThat(a.meet(b.join(c))).isEqualTo(a.meet(b).join(a.meet(c)));
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void oneMoreGrantNeverClosesAnything(Mode mode) {
    var random = new Random(7);
    for (int i = 0; i < TRIES; i++) {
      Permissions some = subset(random);
      Permissions more = some.with(subset(random).requests());
      assertThat(Resolution.of(mode, more).sandbox().includes(Resolution.of(mode, some).sandbox()))
          .as("%s within %s", some.requests().keySet(), more.requests().keySet())
          .isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void withholdingOnePermissionNeverOpensAnything(Mode mode) {
    var random = new Random(8);
    for (int i = 0; i < TRIES; i++) {
      Permissions some = subset(random);
      Permission victim = pick(random, Permission.values());
      Permissions less =
          some.with(Map.of(victim, new Request(new Value.Withheld(), Location.NOWHERE)));
      if (victim == Permission.INTERNET_TO) {
        continue; // It narrows internet rather than standing by itself.
      }
      assertThat(Resolution.of(mode, some).sandbox().includes(Resolution.of(mode, less).sandbox()))
          .isTrue();
    }
  }

  static Stream<Mode> modes() {
    return Stream.of(Mode.values());
  }

  /** Any grants but internetTo, which takes the place of internet. */
  private static Permissions subset(Random random) {
    var requests = new TreeMap<Permission, Request>();
    for (Permission permission : Permission.values()) {
      if (permission != Permission.INTERNET_TO && random.nextBoolean()) {
        PermissionCatalog.sample(permission)
            .get(permission)
            .ifPresent(request -> requests.put(permission, request));
      }
    }
    return new Permissions(requests);
  }

  private static <T extends Comparable<? super T>> Extent<T> some(Random random, List<T> items) {
    List<T> some = items.stream().filter(_ -> random.nextBoolean()).toList();
    return random.nextBoolean() ? Extent.only(some) : Extent.allBut(some);
  }

  private static Extent<String> names(Random random) {
    return some(random, WORDS);
  }

  private static AddressSet addresses(Random random) {
    var prefixes = new ArrayList<Cidr>();
    for (int i = random.nextInt(6); i > 0; i--) {
      byte[] address = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(address);
      prefixes.add(Cidr.of(address, random.nextInt(address.length * 2 + 1)));
    }
    Collections.shuffle(prefixes, random);
    AddressSet set = AddressSet.of(prefixes);
    return random.nextBoolean() ? set : set.complement();
  }

  private static Sandbox sandbox(Random random) {
    return new Sandbox(
        new Sandbox.Network(
            random.nextBoolean(),
            names(random),
            names(random),
            addresses(random),
            some(random, PORTS)),
        new Sandbox.Kernel(
            names(random),
            names(random),
            names(random),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean()),
        new Sandbox.Files(
            some(random, List.of(AppDirectory.values())),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean(),
            some(random, MOUNTS),
            names(random)),
        new Sandbox.Proc(random.nextBoolean(), random.nextBoolean()),
        new Sandbox.Peers(
            some(random, APPS),
            some(random, APPS),
            some(random, SERVICES),
            some(random, List.of(BrokeredVerb.values()))),
        random.nextBoolean());
  }

  private static Permission pick(Random random, Permission[] all) {
    return all[random.nextInt(all.length)];
  }
}
