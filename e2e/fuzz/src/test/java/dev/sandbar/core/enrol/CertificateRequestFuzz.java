package dev.sandbar.core.enrol;

import static dev.sandbar.source.text.TextProperties.require;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.enrol.CertificateRequest.Reading;
import java.util.Arrays;
import java.util.Base64;

/** What a device hands in to get a certificate. */
class CertificateRequestFuzz {
  private static final String BEGIN = "-----BEGIN CERTIFICATE REQUEST-----\n";
  private static final String END = "\n-----END CERTIFICATE REQUEST-----\n";

  @FuzzTest
  void request(byte[] bytes) {
    switch (CertificateRequest.read(bytes)) {
      case Reading.Refused(var reason) ->
          require(
              !reason.isEmpty() && reason.codePoints().noneMatch(Character::isISOControl), reason);
      case Reading.Read(var request) -> {
        require(bytes.length <= CertificateRequest.MAX_BYTES, "too large");
        String text = new String(bytes, US_ASCII);
        require(text.startsWith(BEGIN) && text.endsWith(END), "not one block");
        String body = text.substring(BEGIN.length(), text.length() - END.length());
        byte[] der = Base64.getMimeDecoder().decode(body);
        String again = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        require(Arrays.equals((BEGIN + again + END).getBytes(US_ASCII), bytes), "not canonical");
        require(request.equals(again(bytes)), "read again it is another request");
      }
    }
  }

  private static CertificateRequest again(byte[] bytes) {
    if (CertificateRequest.read(bytes) instanceof Reading.Read(var request)) {
      return request;
    }
    throw new AssertionError("read once and then refused");
  }
}
