package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.enrol.CertificateRequest;
import dev.sandbar.core.enrol.DeviceUser;
import dev.sandbar.source.age.AgeKey;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.junit.jupiter.api.Test;

/** What an owner consents to by {@code sandbar fleet approve}, against a real API server. */
class FleetApproveTest extends OnFleet {
  private Ran typed(String input, String... args) {
    return Ran.onTerminal(Map.of("KUBECONFIG", api.kubeconfig().toString()), input, command(args));
  }

  @Test
  void approveIsForTheKeyThatTheDeviceEnrolledWith() throws Exception {
    KeyPair keys = key256();
    KeyPair other = key256();
    device("drill-1", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    String uid = get("dvc", "drill-1", ".metadata.uid");
    assertThat(fleet("approve", "drill-1").err()).contains("asks for no certificate");
    // A device whose name begins with the other's is somebody else.
    request("drill-1-2-0123456789", honest("drill-1-2", uid, keys));
    assertThat(fleet("approve", "drill-1").err()).contains("asks for no certificate");
    request("drill-1-0000000000", honest("drill-1", uid, other));
    Ran wrong = fleet("approve", "drill-1");
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(flat(wrong.err())).contains("key is not the one", "kubectl certificate deny");
    request("drill-1-0123456789", honest("drill-1", uid, keys));
    String digest = digest(keys.getPublic().getEncoded());
    assertThat(flat(fleet("approve", "drill-1", "--key", "0".repeat(16)).err()))
        .contains("enrolled with the key " + digest, "kubectl delete device");
    assertThat(fleet("approve", "drill-1", "--key", digest.substring(0, 15)).err())
        .contains("is no digest of a key");
    assertThat(conditions("drill-1-0123456789")).isEmpty();
    Ran right = fleet("approve", "drill-1", "--key", digest.substring(0, 16));
    assertThat(right.code()).as(right.err()).isZero();
    assertThat(flat(right.out()))
        .contains(
            "sandbar:device:" + namespace + ":drill-1",
            "sandbar:devices, sandbar:device:uid:" + uid);
    assertThat(right.out().replaceAll("\\s", "")).contains(digest);
    assertThat(conditions("drill-1-0123456789")).contains("Approved");
    assertThat(conditions("drill-1-0000000000")).isEmpty();
  }

  /** Any subject was approved, if the name, the signer and the key were right. */
  @Test
  void approveApprovesOneHonestRequestAndNoOther() throws Exception {
    KeyPair keys = key256();
    device("lathe-7", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    String uid = get("dvc", "lathe-7", ".metadata.uid");
    request("lathe-7-aaaaaaaaaa", subject("CN=system:kube-controller-manager", keys));
    Ran forged = fleet("approve", "lathe-7");
    assertThat(forged.code()).isEqualTo(1);
    assertThat(flat(forged.err())).contains("breaks a rule", "subject is not");
    request(
        "lathe-7-bbbbbbbbbb",
        subject("CN=sandbar:device:%s:lathe-7,O=system:nodes".formatted(namespace), keys));
    String honest = honest("lathe-7", uid, keys);
    request("lathe-7-cccccccccc", honest.stripTrailing() + "junk\n" + subject("CN=admin", keys));
    request("lathe-7-dddddddddd", honest);
    request("lathe-7-eeeeeeeeee", honest);
    Ran ran = fleet("approve", "lathe-7", "--yes");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(conditions("lathe-7-dddddddddd") + conditions("lathe-7-eeeeeeeeee"))
        .isEqualTo("Approved");
    for (String suffix : List.of("aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc")) {
      assertThat(conditions("lathe-7-" + suffix)).isEmpty();
    }
  }

  /** Whoever had a token may have made the Device first: afterwards is too late to compare. */
  @Test
  void nothingIsApprovedBeforeSomebodyHasSeenTheKey() throws Exception {
    KeyPair keys = key256();
    device("mill-3", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    String uid = get("dvc", "mill-3", ".metadata.uid");
    request("mill-3-0123456789", honest("mill-3", uid, keys));
    String digest = digest(keys.getPublic().getEncoded());

    Ran unattended = fleet("approve", "mill-3");
    assertThat(unattended.code()).isEqualTo(1);
    assertThat(flat(unattended.err()))
        .contains("nobody has compared the key", "sandbar:device:uid:" + uid, "--key", "--yes");
    assertThat(unattended.err().replaceAll("\\s", "")).contains(digest);
    assertThat(typed("yes\n", "approve", "mill-3", "-o", "json").code()).isEqualTo(1);
    for (String answer : List.of("n\n", "\n", "")) {
      Ran refused = typed(answer, "approve", "mill-3");
      assertThat(refused.code()).isEqualTo(1);
      assertThat(refused.err())
          .contains(
              "user    sandbar:device:" + namespace + ":mill-3\n",
              "groups  sandbar:devices, sandbar:device:uid:" + uid + "\n",
              "key     " + digest + "\n");
      assertThat(refused.out()).contains("Nothing was changed");
    }
    assertThat(conditions("mill-3-0123456789")).isEmpty();
    assertThat(typed("y\n", "approve", "mill-3").code()).isZero();
    assertThat(conditions("mill-3-0123456789")).isEqualTo("Approved");
  }

  @Test
  void approveOfAServiceAccountIsInTheSpec() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    device("press-1", "{identity: {type: ServiceAccount, publicKey: " + key(keys) + "}}");
    assertThat(flat(fleet("approve", "press-1").err()))
        .contains("system:serviceaccount:" + namespace + ":sandbar-device-press-1", "--yes");
    assertThat(get("dvc", "press-1", ".spec.approved")).isNotEqualTo("true");
    assertThat(fleet("approve", "press-1", "--yes").code()).isZero();
    assertThat(get("dvc", "press-1", ".spec.approved")).isEqualTo("true");
    device("press-2", "{}");
    assertThat(fleet("approve", "press-2").err()).contains("has not enrolled");
  }

  /** They decide which apps and secrets it gets, and whoever has a token may ask for any. */
  @Test
  void labelsThatADeviceRequestsAreShownAndConfirmed() throws Exception {
    KeyPair keys = key256();
    device("saw-1", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    annotate("saw-1", "sandbar.dev/requestedLabels=role=vault,site=berlin");
    request("saw-1-0123456789", honest("saw-1", get("dvc", "saw-1", ".metadata.uid"), keys));
    String digest = digest(keys.getPublic().getEncoded());

    Ran unattended = fleet("approve", "saw-1", "--key", digest);
    assertThat(unattended.code()).isEqualTo(1);
    assertThat(flat(unattended.err()))
        .contains("nobody has confirmed the labels", "role=vault,site=berlin", "--labels");
    Ran refused = typed("n\n", "approve", "saw-1");
    assertThat(refused.err())
        .contains("labels  role=vault,site=berlin (new: role=vault,site=berlin)\n")
        .contains("with these labels?");
    assertThat(conditions("saw-1-0123456789")).isEmpty();
    assertThat(get("dvc", "saw-1", ".metadata.labels")).isEmpty();
    assertThat(fleet("approve", "saw-1", "--labels", "a=b=c").err()).contains("is no label");

    Ran given = fleet("approve", "saw-1", "--key", digest, "--labels", "site=berlin");
    assertThat(given.code()).as(given.err()).isZero();
    assertThat(conditions("saw-1-0123456789")).isEqualTo("Approved");
    assertThat(get("dvc", "saw-1", ".metadata.labels")).isEqualTo("{\"site\":\"berlin\"}");
    assertThat(get("dvc", "saw-1", ".metadata.annotations")).doesNotContain("requestedLabels");

    // What whoever created it has given it counts as requested, until it is let in.
    device("saw-3", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    api.kubectl("label", "dvc", "saw-3", "role=vault", "-n", namespace).orThrow();
    request("saw-3-0123456789", honest("saw-3", get("dvc", "saw-3", ".metadata.uid"), keys));
    for (String[] said :
        new String[][] {
          {"approve", "saw-3", "--key", digest},
          {"approve", "saw-3", "--key", digest, "--labels", "site=berlin"}
        }) {
      assertThat(flat(fleet(said).err())).contains("nobody has confirmed the labels", "role=vault");
    }
    assertThat(conditions("saw-3-0123456789")).isEmpty();
    assertThat(fleet("approve", "saw-3", "--key", digest, "--labels", "role=vault").code())
        .isZero();

    // A device that was let in by its token alone.
    device("saw-2", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    annotate("saw-2", "sandbar.dev/requestedLabels=site=bonn");
    assertThat(typed("y\n", "approve", "saw-2").code()).isZero();
    assertThat(get("dvc", "saw-2", ".metadata.labels")).isEqualTo("{\"site\":\"bonn\"}");
    assertThat(fleet("approve", "saw-2").err()).contains("asks for no certificate");
    annotate("saw-2", "sandbar.dev/requestedLabels=\u001b[2J=x");
    assertThat(fleet("approve", "saw-2").err())
        .contains("requests labels that are none")
        .doesNotContain("[2J");
    assertThat(fleet("approve", "saw-2", "--labels", "").code()).isZero();
    assertThat(get("dvc", "saw-2", ".metadata.annotations")).doesNotContain("requestedLabels");
  }

  /** Whoever has the certificate of a device can report a recipient of his own in its name. */
  @Test
  void anotherRecipientIsShownAndApproved() throws Exception {
    KeyPair keys = key256();
    device("lift-1", "{identity: {type: ClientCertificate, publicKey: " + key(keys) + "}}");
    String first;
    String second;
    try (AgeKey one = AgeKey.generate();
        AgeKey two = AgeKey.generate()) {
      first = one.recipient().text();
      second = two.recipient().text();
    }
    report("lift-1", first);
    assertThat(fleet("approve", "lift-1").err()).contains("asks for no certificate");
    annotate("lift-1", "sandbar.dev/recipient=" + first);
    report("lift-1", second);

    assertThat(
            flat(
                Ran.with(
                        Map.of("KUBECONFIG", api.kubeconfig().toString()),
                        "x",
                        command("seal", "--device", "lift-1"))
                    .err()))
        .contains("another recipient than the approved one");
    assertThat(flat(fleet("approve", "lift-1").err()))
        .contains("nobody has compared the recipient", "--recipient");
    assertThat(flat(fleet("approve", "lift-1", "--recipient", first).err()))
        .contains("reports the recipient");
    assertThat(flat(fleet("approve", "lift-1", "--recipient", "age1x").err()))
        .contains("is not a recipient");
    Ran refused = typed("n\n", "approve", "lift-1");
    assertThat(refused.err()).contains("secrets " + second + " (before: " + first + ")\n");
    assertThat(recipient("lift-1")).isEqualTo(first);
    Ran given = fleet("approve", "lift-1", "--recipient", second);
    assertThat(given.code()).as(given.err()).isZero();
    assertThat(recipient("lift-1")).isEqualTo(second);
    Ran sealed =
        Ran.with(
            Map.of("KUBECONFIG", api.kubeconfig().toString()),
            "x",
            command("seal", "--device", "lift-1"));
    assertThat(sealed.code()).as(sealed.err()).isZero();
  }

  private String recipient(String device) {
    return get("dvc", device, ".metadata.annotations.sandbar\\.dev/recipient");
  }

  private void annotate(String device, String annotation) {
    String _ =
        api.kubectl("annotate", "--overwrite", "dvc", device, "-n", namespace, annotation)
            .orThrow();
  }

  private void report(String device, String recipient) {
    String facts =
        "{\"status\":{\"facts\":{\"systemd\":257,\"kernel\":\"6\",\"architecture\":\"x86-64\","
            + "\"features\":[],\"volumes\":{},\"systemCalls\":\"\",\"digest\":\"d\",\"recipient\":\"%s\"}}}"
                .formatted(recipient);
    String _ =
        api.kubectl(
                "patch",
                "dvc",
                device,
                "-n",
                namespace,
                "--subresource=status",
                "--type=merge",
                "-p",
                facts)
            .orThrow();
  }

  private String conditions(String request) {
    return api.kubectl(
            "get",
            "csr",
            "sandbar-" + namespace + "-" + request,
            "-o",
            "jsonpath={.status.conditions[*].type}")
        .orThrow();
  }

  private static String key(KeyPair keys) {
    return Base64.getEncoder().encodeToString(keys.getPublic().getEncoded());
  }

  private static String digest(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ");
  }

  private static KeyPair key256() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private String honest(String device, String uid, KeyPair keys) throws Exception {
    byte[] pem =
        new CertificateRequest(new DeviceUser(namespace, device), uid, key(keys))
            .pem(
                message -> {
                  var signature = Signature.getInstance("SHA256withECDSA");
                  signature.initSign(keys.getPrivate());
                  signature.update(message);
                  return signature.sign();
                });
    return new String(pem, StandardCharsets.US_ASCII);
  }

  private static String subject(String subject, KeyPair keys) throws Exception {
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    byte[] der =
        new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic())
            .build(signer)
            .getEncoded();
    var text = new StringWriter();
    try (var writer = new PemWriter(text)) {
      writer.writeObject(new PemObject("CERTIFICATE REQUEST", der));
    }
    return text.toString();
  }

  private void request(String suffix, String pem) {
    api.kubectl()
        .apply(
            """
            apiVersion: certificates.k8s.io/v1
            kind: CertificateSigningRequest
            metadata: {name: sandbar-%s-%s}
            spec:
              signerName: kubernetes.io/kube-apiserver-client
              expirationSeconds: 2592000
              usages: [client auth, digital signature]
              request: %s
            """
                .formatted(
                    namespace,
                    suffix,
                    Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII))))
        .orThrow();
  }
}
