package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.core.enrol.CertificateRequest;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A standard bootstrap token with which devices of one namespace enrol. Its groups say what it may:
 * ask for a certificate, make Devices in the namespace, and, if its maker says so, be approved
 * without an owner.
 */
final class EnrolToken {
  private static final String GROUP = "system:bootstrappers:sandbar";
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final String NAME = "sandbar-enrol";

  /** Of the rights to requests, which belong to no namespace. */
  private static final String NAME_IN_CHART = "sandbar-enrol-csr";

  private static final String RBAC = "rbac.authorization.k8s.io";

  private final FleetConnection connection;

  EnrolToken(FleetConnection connection) {
    this.connection = connection;
  }

  /**
   * What the token is for.
   *
   * @param life how long it can be used
   * @param approve whether its devices need no owner's consent
   * @param server address that devices reach the API server by; empty for that of the kubeconfig
   * @param labels that its devices may give themselves, in one line; empty for none
   */
  record Wish(Duration life, boolean approve, String server, String labels) {}

  /** Makes it, and what it needs to be of use. */
  Done create(Wish wish) {
    var random = new SecureRandom();
    String id = word(random, 6);
    String secret = word(random, 16);
    String expires = Instant.now().plus(wish.life()).truncatedTo(ChronoUnit.SECONDS).toString();
    // The chart brings both; what it has brought stays its own.
    if (connection.find(RoleBinding.class, NAME).isEmpty()) {
      rights().forEach(this::apply);
    }
    if (Stream.of(NAME, NAME_IN_CHART)
        .allMatch(name -> connection.find(ClusterRoleBinding.class, name).isEmpty())) {
      clusterRights().forEach(this::apply);
    }
    if (!wish.labels().isEmpty()) {
      labels(id, wish.labels()).forEach(this::apply);
    }
    connection.explained(
        "create the secret bootstrap-token-" + id + " in the namespace kube-system",
        () -> connection.client().resource(secret(wish, id, secret, expires)).create());
    List<String> unrecorded =
        new TokenRecord(connection)
            .add(
                id,
                "Created",
                "until "
                    + expires
                    + (wish.approve() ? ", lets devices in by itself" : "")
                    + (wish.labels().isEmpty() ? "" : ", labels " + wish.labels()));
    String server = wish.server().isEmpty() ? connection.server() : wish.server();
    String pin = pin();
    String command =
        "sandbar enrol --server "
            + server
            + " --token "
            + id
            + "."
            + secret
            + " --namespace "
            + connection.namespace()
            + (pin.isEmpty() ? "" : " --ca-sha256 " + pin)
            + (wish.labels().isEmpty() ? "" : " --labels " + wish.labels());
    var fields = new LinkedHashMap<String, String>();
    fields.put("token", id + "." + secret);
    fields.put("expires", expires);
    fields.put("server", server);
    fields.put("caSha256", pin);
    List<String> notes = notes(wish, id, server, pin, expires);
    notes.addAll(unrecorded);
    return new Done(true, command, fields, notes);
  }

  private List<String> notes(Wish wish, String id, String server, String pin, String expires) {
    var notes = new ArrayList<String>();
    notes.add(
        "run this on each device until "
            + expires
            + (wish.approve()
                ? "; the operator approves them by itself"
                : "; then let each in: sandbar fleet approve DEVICE -n "
                    + connection.namespace()
                    + " --key KEY, which it prints"));
    if (pin.isEmpty()) {
      notes.add(
          "the kubeconfig names no certificate authority, so the server's certificate must be one"
              + " that the device trusts");
    }
    if (server.contains("//127.") || server.contains("//localhost") || server.contains("//[::1]")) {
      notes.add("devices do not reach " + server + ": name another address with --server");
    }
    if (!wish.labels().isEmpty()) {
      notes.add(
          "when no device needs it any more: sandbar fleet token revoke %s -n %s"
              .formatted(id, connection.namespace()));
    }
    return notes;
  }

  private HasMetadata secret(Wish wish, String id, String secret, String expires) {
    String groups = GROUP + "," + GROUP + ":" + connection.namespace();
    if (wish.approve()) {
      groups += "," + GROUP + ":" + connection.namespace() + ":approve";
    }
    return new SecretBuilder()
        .withMetadata(
            new ObjectMetaBuilder()
                .withName("bootstrap-token-" + id)
                .withNamespace("kube-system")
                .build())
        .withType("bootstrap.kubernetes.io/token")
        .withStringData(
            Map.of(
                "token-id",
                id,
                "token-secret",
                secret,
                "description",
                "Devices of the namespace " + connection.namespace() + " enrol with it.",
                "expiration",
                expires,
                "usage-bootstrap-authentication",
                "true",
                "auth-extra-groups",
                groups))
        .build();
  }

  /** What the token may in its namespace. */
  private List<HasMetadata> rights() {
    String namespace = connection.namespace();
    return List.of(
        new RoleBuilder()
            .withNewMetadata()
            .withName(NAME)
            .withNamespace(namespace)
            .endMetadata()
            .addNewRule()
            .withApiGroups("sandbar.dev")
            .withResources("devices")
            .withVerbs("create", "get")
            .endRule()
            .build(),
        new RoleBindingBuilder()
            .withNewMetadata()
            .withName(NAME)
            .withNamespace(namespace)
            .endMetadata()
            .withNewRoleRef(RBAC, "Role", NAME)
            .addNewSubject(RBAC, "Group", GROUP + ":" + namespace, null)
            .build());
  }

  /** What who has a token of the namespace belongs to. */
  static String group(String namespace) {
    return GROUP + ":" + namespace;
  }

  static String labelsName(String id) {
    return NAME + "-labels-" + id;
  }

  /** The right to these labels, which the policy device-enrolment.sandbar.dev asks for. */
  private List<HasMetadata> labels(String id, String line) {
    String namespace = connection.namespace();
    return List.of(
        new RoleBuilder()
            .withNewMetadata()
            .withName(labelsName(id))
            .withNamespace(namespace)
            .endMetadata()
            .addNewRule()
            .withApiGroups("sandbar.dev")
            .withResources("devices/labels")
            .withResourceNames(line)
            .withVerbs("create")
            .endRule()
            .build(),
        new RoleBindingBuilder()
            .withNewMetadata()
            .withName(labelsName(id))
            .withNamespace(namespace)
            .endMetadata()
            .withNewRoleRef(RBAC, "Role", labelsName(id))
            .addNewSubject(RBAC, "User", "system:bootstrap:" + id, null)
            .build());
  }

  /** What it may beside: requests for certificates belong to no namespace. */
  private static List<HasMetadata> clusterRights() {
    return List.of(
        new ClusterRoleBuilder()
            .withNewMetadata()
            .withName(NAME)
            .endMetadata()
            .addNewRule()
            .withApiGroups("certificates.k8s.io")
            .withResources("certificatesigningrequests")
            .withVerbs("create", "get")
            .endRule()
            .build(),
        new ClusterRoleBindingBuilder()
            .withNewMetadata()
            .withName(NAME)
            .endMetadata()
            .withNewRoleRef(RBAC, "ClusterRole", NAME)
            .addNewSubject(RBAC, "Group", GROUP, null)
            .build());
  }

  private void apply(HasMetadata object) {
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(FleetConnection.MANAGER)
            .withForce(true)
            .build();
    connection.explained(
        "apply the " + object.getKind() + " " + object.getMetadata().getName(),
        () -> connection.client().resource(object).patch(context));
  }

  private static String word(SecureRandom random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }

  /**
   * Digest of the key of the authority that signed the server's certificate, as kubeadm pins it.
   */
  private String pin() {
    String data = text(connection.config().getCaCertData());
    String file = text(connection.config().getCaCertFile());
    try {
      byte[] pem =
          !data.isEmpty()
              ? pem(data)
              : file.isEmpty() ? new byte[0] : Files.readAllBytes(Path.of(file));
      if (pem.length == 0) {
        return "";
      }
      var certificate =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(pem));
      return CertificateRequest.fingerprint(certificate.getPublicKey().getEncoded());
    } catch (IOException | CertificateException e) {
      throw new FleetException(
          "the certificate authority of the kubeconfig cannot be read: " + ApiErrors.reason(e),
          "Try it with kubectl: kubectl version",
          e);
    }
  }

  private static byte[] pem(String data) {
    return data.contains("-----BEGIN")
        ? data.getBytes(StandardCharsets.US_ASCII)
        : Base64.getMimeDecoder().decode(data);
  }
}
