package dev.sandbar.source.age;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.exceptionfactory.jagged.RecipientStanza;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.Sha256;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a sealed text is known by to whoever made it: a stanza of its own in the header of the age
 * file, which every reader that does not know it ignores (age-encryption.org/v1, Recipient stanza).
 * Nothing but the header is read for it, and no key is needed; it says who made the text as little
 * as any other part of a header does.
 *
 * @param digest of something that only its maker can compute
 */
public record SealMark(Sha256 digest) {

  /** As the specification asks: a name that its owner has the domain of. */
  private static final String TYPE = "sandbar.dev/value";

  private static final String LINE = "-> " + TYPE;
  private static final String END = "---";

  /** Lines of the armor in which the header of a text for one recipient ends, and some more. */
  private static final int LINES = 8;

  /** The mark of a sealed text; empty if it has none, or is sealed to more than one recipient. */
  public static Optional<SealMark> of(String sealed) {
    try {
      String start =
          sealed
              .lines()
              .skip(1)
              .limit(LINES)
              .takeWhile(it -> !it.startsWith("-"))
              .collect(Collectors.joining());
      List<String> header =
          new String(Base64.getMimeDecoder().decode(start), US_ASCII)
              .lines()
              .takeWhile(it -> !it.startsWith(END))
              .toList();
      int at = header.indexOf(LINE);
      if (at < 0 || at + 1 >= header.size()) {
        return Optional.empty();
      }
      String hex = HexFormat.of().formatHex(Base64.getDecoder().decode(header.get(at + 1)));
      return Sha256.isValid(hex) ? Optional.of(new SealMark(new Sha256(hex))) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether this is the mark of a sealed text. */
  public boolean isOf(String sealed) {
    return AppSecret.isSealed(sealed) && of(sealed).filter(this::equals).isPresent();
  }

  RecipientStanzaWriter writer() {
    return _ -> List.of(new Stanza(HexFormat.of().parseHex(digest.hex())));
  }

  private record Stanza(byte[] body) implements RecipientStanza {
    @Override
    public String getType() {
      return TYPE;
    }

    @Override
    public List<String> getArguments() {
      return List.of();
    }

    @Override
    public byte[] getBody() {
      return body.clone();
    }
  }
}
