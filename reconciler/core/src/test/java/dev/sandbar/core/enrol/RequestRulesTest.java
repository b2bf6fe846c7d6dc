package dev.sandbar.core.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.enrol.RequestRules.Asked;
import dev.sandbar.core.enrol.RequestRules.KnownDevice;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Who gets a certificate, and why others do not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestRulesTest {
  private static final String NAME = "sandbar-line-1-pump-7-0123456789";
  private static final String TOKEN = "system:bootstrap:abcdef";
  private static final Set<String> TOKENS =
      Set.of("system:bootstrappers:sandbar", "system:bootstrappers:sandbar:line-1");
  private static final List<String> USAGES = List.of("client auth", "digital signature");

  private KeyPair key = new KeyPair(null, null);
  private String honest = "";
  private KnownDevice device = new KnownDevice("", "", false, false);

  @BeforeAll
  void make() throws GeneralSecurityException {
    key = Requests.key("secp256r1");
    honest = Requests.base64(Requests.honest(key));
    device = new KnownDevice(Requests.UID, Requests.spki(key), false, false);
  }

  private Asked asked(String user, Set<String> groups) {
    return new Asked(NAME, RequestRules.SIGNER, user, groups, USAGES, 2_592_000, honest);
  }

  private Asked byToken() {
    return asked(TOKEN, TOKENS);
  }

  private Decision decide(Asked asked) {
    return decide(asked, device);
  }

  private static Decision decide(Asked asked, KnownDevice device) {
    return new RequestRules(
            user -> user.equals(Requests.PUMP) ? Optional.of(device) : Optional.empty())
        .decide(asked);
  }

  private static String reason(Decision decision) {
    return decision instanceof Decision.Denial(String message) ? message : decision.toString();
  }

  @Test
  void whoKeepsTheRulesIsLetIn() {
    assertThat(decide(byToken())).isEqualTo(new Decision.Enrolment(Requests.PUMP, false));
    assertThat(
            decide(
                asked(
                    TOKEN,
                    Set.of(
                        "system:bootstrappers:sandbar:line-1",
                        "system:bootstrappers:sandbar:line-1:approve"))))
        .isEqualTo(new Decision.Enrolment(Requests.PUMP, true));
    assertThat(decide(asked("an-admin", Set.of())))
        .isEqualTo(new Decision.Enrolment(Requests.PUMP, false));
    assertThat(
            decide(
                asked(
                    Requests.PUMP.user(),
                    Set.of(DeviceUser.ALL_DEVICES, DeviceUser.groupOf(Requests.UID)))))
        .isEqualTo(new Decision.Renewal(Requests.PUMP));
  }

  @Test
  void whoDoesNotIsDenied() throws Exception {
    Asked it = byToken();
    var denied = new TreeMap<String, Asked>();
    denied.put("signer", with(it, NAME, "kubernetes.io/kubelet-serving", USAGES, 3600, honest));
    denied.put("bytes", with(it, NAME, it.signer(), USAGES, 3600, "A".repeat(8_000)));
    denied.put("PEM", with(it, NAME, it.signer(), USAGES, 3600, "AAAA"));
    denied.put("base64", with(it, NAME, it.signer(), USAGES, 3600, honest + "\n"));
    denied.put(
        "usages", with(it, NAME, it.signer(), List.of("client auth", "client auth"), 3600, honest));
    denied.put(
        "exactly: client auth",
        with(
            it,
            NAME,
            it.signer(),
            List.of("client auth", "digital signature", "digital signature"),
            3600,
            honest));
    denied.put("expirationSeconds", with(it, NAME, it.signer(), USAGES, 31_536_000, honest));
    denied.put("from 600", with(it, NAME, it.signer(), USAGES, null, honest));
    denied.put("name", with(it, "sandbar-x", it.signer(), USAGES, 3600, honest));
    denied.put("digest", with(it, NAME + "-x", it.signer(), USAGES, 3600, honest));
    denied.put("not for the namespace", asked(TOKEN, Set.of("system:bootstrappers:sandbar:other")));
    denied.put("itself alone", asked("sandbar:device:line-1:pump-8", Set.of("sandbar:devices")));
    denied.put("A device asks", asked("system:serviceaccount:x:sandbar-device-y", Set.of()));
    denied.put("earlier Device", asked(Requests.PUMP.user(), Set.of(DeviceUser.ALL_DEVICES)));
    denied.forEach((what, asked) -> assertThat(reason(decide(asked))).as(what).contains(what));

    KeyPair other = Requests.key("secp256r1");
    var devices = new TreeMap<String, KnownDevice>();
    devices.put("no key", new KnownDevice(Requests.UID, "", false, false));
    devices.put("ServiceAccount", new KnownDevice(Requests.UID, device.publicKey(), true, false));
    devices.put("decommissioned", new KnownDevice(Requests.UID, device.publicKey(), false, true));
    devices.put("organizations", new KnownDevice("0-1", device.publicKey(), false, false));
    devices.put("made with", new KnownDevice(Requests.UID, Requests.spki(other), false, false));
    for (Map.Entry<String, KnownDevice> each : devices.entrySet()) {
      assertThat(reason(decide(it, each.getValue()))).contains(each.getKey());
    }
    assertThat(reason(new RequestRules(_ -> Optional.empty()).decide(it))).contains("no Device");
  }

  /** Requests have no namespace, and each of several operators sees all of them. */
  @Test
  void devicesOfOtherNamespacesAreLeftToTheirOperator() {
    RequestRules rules =
        new RequestRules(
            "line-2"::equals,
            user -> {
              throw new AssertionError("may not read " + user);
            });
    assertThat(rules.decide(byToken())).isEqualTo(new Decision.NotOurs());
    assertThat(
            rules.decide(
                asked(
                    Requests.PUMP.user(),
                    Set.of(DeviceUser.ALL_DEVICES, DeviceUser.groupOf(Requests.UID)))))
        .isEqualTo(new Decision.NotOurs());
  }

  private static Asked with(
      Asked it,
      String name,
      String signer,
      List<String> usages,
      @org.jspecify.annotations.Nullable Integer seconds,
      String request) {
    return new Asked(name, signer, it.user(), it.groups(), usages, seconds, request);
  }

  /** Never pending: whoever has to do with Sandbar gets an answer, whatever the bytes are. */
  @Test
  void whatConcernsSandbarIsNeverLeftAndWhatDoesNotIs() throws Exception {
    byte[] subject =
        new javax.security.auth.x500.X500Principal("CN=somebody, O=elsewhere").getEncoded();
    String foreign = Requests.base64(Requests.any(key, subject, "a000"));
    String large = Requests.base64(new byte[1 << 19]);
    String hidden = Requests.base64(Requests.bytes("junk\n" + "x".repeat(5_000) + "sandbar:x"));
    for (String request : List.of(foreign, large, "", "AAAA")) {
      assertThat(decide(any("theirs", "somebody", Set.of(), request)))
          .isEqualTo(new Decision.NotOurs());
      for (Asked ours :
          List.of(
              any("sandbar-x", "somebody", Set.of(), request),
              any("x", "sandbar:device:a:b", Set.of(), request),
              any("x", "somebody", Set.of("sandbar:devices"), request),
              any("x", TOKEN, Set.of("system:bootstrappers:sandbar"), request),
              any("x", TOKEN, Set.of("system:bootstrappers:sandbar:line-1"), request),
              any("x", "system:serviceaccount:a:sandbar-device-b", Set.of(), request))) {
        assertThat(decide(ours)).isInstanceOf(Decision.Denial.class);
      }
    }
    assertThat(decide(any("theirs", "somebody", Set.of(), hidden)))
        .isInstanceOf(Decision.Denial.class);
    assertThat(decide(any("theirs", "somebody", Set.of(), "no base64")))
        .isInstanceOf(Decision.Denial.class);
  }

  private static Asked any(String name, String user, Set<String> groups, String request) {
    return new Asked(name, RequestRules.SIGNER, user, groups, USAGES, 3600, request);
  }
}
