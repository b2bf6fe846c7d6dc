package dev.sandbar.core.model;

import java.util.HexFormat;
import java.util.Optional;

/**
 * An address prefix in normal form: host bits are zero, IPv6 is kept as sixteen bytes.
 *
 * @param addressHex the address as hexadecimal bytes: 8 digits for IPv4, 32 for IPv6
 * @param prefix length in bits
 */
public record Cidr(String addressHex, int prefix) implements Comparable<Cidr> {

  public Cidr {
    int bits = addressHex.length() * 4;
    if ((bits != 32 && bits != 128) || prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException("not a prefix: " + addressHex + "/" + prefix);
    }
    byte[] address = HexFormat.of().parseHex(addressHex);
    for (int i = 0; i < address.length; i++) {
      int network = Math.clamp(prefix - i * Byte.SIZE, 0, Byte.SIZE);
      address[i] &= (byte) (0xff00 >> network);
    }
    addressHex = HexFormat.of().formatHex(address);
  }

  /** The prefix over these address bytes (4 or 16). */
  public static Cidr of(byte[] address, int prefix) {
    return new Cidr(HexFormat.of().formatHex(address), prefix);
  }

  /** Reads {@code address} or {@code address/length}, never a host name; empty if it is neither. */
  public static Optional<Cidr> parse(String text) {
    int slash = text.indexOf('/');
    String head = slash < 0 ? text : text.substring(0, slash);
    Optional<byte[]> address = head.indexOf(':') >= 0 ? AddressText.v6(head) : AddressText.v4(head);
    if (address.isEmpty()) {
      return Optional.empty();
    }
    int bits = address.get().length * 8;
    if (slash < 0) {
      return Optional.of(of(address.get(), bits));
    }
    String length = text.substring(slash + 1);
    if (length.isEmpty()
        || length.length() > 3
        || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    int prefix = Integer.parseInt(length);
    return prefix > bits ? Optional.empty() : Optional.of(of(address.get(), prefix));
  }

  /** Whether it is an IPv4 prefix. */
  public boolean isV4() {
    return addressHex.length() == 8;
  }

  /** Whether all addresses of the other are in it too. */
  public boolean contains(Cidr other) {
    return addressHex.length() == other.addressHex.length()
        && prefix <= other.prefix
        && new Cidr(other.addressHex, prefix).equals(this);
  }

  /** The address bytes. */
  public byte[] bytes() {
    return HexFormat.of().parseHex(addressHex);
  }

  @Override
  public int compareTo(Cidr other) {
    if (addressHex.length() != other.addressHex.length()) {
      return Integer.compare(addressHex.length(), other.addressHex.length());
    }
    int byAddress = addressHex.compareTo(other.addressHex);
    return byAddress != 0 ? byAddress : Integer.compare(prefix, other.prefix);
  }

  /** {@code 192.0.2.0/24} or {@code 2001:db8::/32} (RFC 5952), the form systemd reads. */
  @Override
  public String toString() {
    return AddressText.format(bytes()) + "/" + prefix;
  }
}
