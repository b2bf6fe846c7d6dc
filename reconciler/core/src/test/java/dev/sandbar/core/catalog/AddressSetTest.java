package dev.sandbar.core.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Cidr;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressSetTest {

  @Test
  void publicSpaceIsTheComplementOfEverythingSpecial() {
    List<Cidr> prefixes = AddressSpace.PUBLIC.prefixes();
    assertThat(prefixes.stream().filter(Cidr::isV4)).hasSize(51);
    assertThat(prefixes.stream().filter(p -> !p.isV4()).map(Cidr::toString))
        .containsExactly("2000::/3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "198.51.100.2",
        "203.0.113.9",
        "2001:db8:77::2",
        "223.255.255.255"
      })
  void theInternetHas(String address) {
    assertThat(AddressSpace.PUBLIC.includes(AddressSet.of(address))).isTrue();
    assertThat(AddressSpace.LOCAL.meet(AddressSet.of(address)).isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.77.2",
        "224.0.0.251", "239.255.255.250", "255.255.255.255", "fd77::2", "fe80::1", "ff02::fb"
      })
  void theLocalNetworkHas(String address) {
    assertThat(AddressSpace.LOCAL.includes(AddressSet.of(address))).isTrue();
    assertThat(AddressSpace.PUBLIC.meet(AddressSet.of(address)).isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "127.0.0.53", "0.0.0.0", "240.0.0.1", "::1", "::", "::ffff:10.0.0.1"})
  void neitherHas(String address) {
    if (Cidr.parse(address).isEmpty()) {
      return; // Mixed notation is not read at all.
    }
    AddressSet either = AddressSpace.PUBLIC.join(AddressSpace.LOCAL);
    assertThat(either.meet(AddressSet.of(address)).isEmpty()).isTrue();
  }

  @Test
  void noAddressIsInTwoParts() {
    assertThat(AddressSpace.PUBLIC.meet(AddressSpace.LOCAL).isEmpty()).isTrue();
    assertThat(AddressSpace.PUBLIC.meet(AddressSpace.DNS_STUB).isEmpty()).isTrue();
    assertThat(AddressSpace.LOCAL.meet(AddressSpace.DNS_STUB).isEmpty()).isTrue();
  }

  @Test
  void complementTwiceIsTheSame() {
    var random = new Random(3);
    for (int i = 0; i < 300; i++) {
      byte[] address = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(address);
      var set = AddressSet.of(List.of(Cidr.of(address, random.nextInt(address.length * 8 + 1))));
      assertThat(set.complement().complement()).isEqualTo(set);
      assertThat(set.join(set.complement())).isEqualTo(AddressSet.ALL);
      assertThat(set.meet(set.complement())).isEqualTo(AddressSet.NONE);
      assertThat(AddressSet.of(set.complement().prefixes())).isEqualTo(set.complement());
    }
  }

  @Test
  void prefixesAreTheFewest() {
    assertThat(AddressSet.of("10.0.0.0/9", "10.128.0.0/9", "10.1.0.0/16").prefixes())
        .extracting(Cidr::toString)
        .containsExactly("10.0.0.0/8");
    assertThat(AddressSet.ALL.prefixes())
        .extracting(Cidr::toString)
        .containsExactly("0.0.0.0/0", "::/0");
    assertThat(
            AddressSet.of("0.0.0.0/32").complement().meet(AddressSet.of("0.0.0.0/29")).prefixes())
        .extracting(Cidr::toString)
        .containsExactly("0.0.0.1/32", "0.0.0.2/31", "0.0.0.4/30");
  }
}
