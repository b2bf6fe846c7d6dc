package dev.sandbar.cli.fleet;

import static dev.sandbar.cli.fleet.Standing.text;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Tokens with which devices of a namespace enrol: those that are there, and their end. */
final class EnrolTokens {
  private static final String TYPE = "bootstrap.kubernetes.io/token";
  private static final String PREFIX = "bootstrap-token-";

  private final FleetConnection connection;

  EnrolTokens(FleetConnection connection) {
    this.connection = connection;
  }

  /**
   * One of them, without its secret.
   *
   * @param expires empty if it never does
   */
  private record Token(String id, String expires, boolean approves) {
    String state(Instant now) {
      if (expires.isEmpty()) {
        return "never expires";
      }
      try {
        Duration left = Duration.between(now, Instant.parse(expires));
        return left.isPositive() ? "expires in " + Ages.text(left) : "expired";
      } catch (DateTimeParseException e) {
        return "expires at " + expires;
      }
    }
  }

  /** A list of them. */
  private record View(List<Token> tokens, Instant now) implements FleetView {
    @Override
    public Page page() {
      var page = new Page();
      if (tokens.isEmpty()) {
        page.line(Page.Part.of("no tokens"));
        return page;
      }
      var table = new Table("TOKEN", "APPROVES", "STATE");
      for (Token token : tokens) {
        table.row(
            Cell.of(token.id()),
            Cell.of(token.approves() ? "by itself" : "no"),
            Cell.of(token.state(now)));
      }
      page.table(table);
      return page;
    }

    @Override
    public Node document() {
      return Envelope.of("EnrolTokens")
          .put(
              "tokens",
              Node.list(
                  tokens.stream()
                      .map(
                          it ->
                              new MappingBuilder()
                                  .put("id", it.id())
                                  .put("expires", it.expires())
                                  .put("autoApprove", it.approves())
                                  .build())
                      .toList()))
          .build();
    }

    @Override
    public List<String> notes() {
      return List.of();
    }
  }

  /** Those of the namespace. */
  FleetView list() {
    var tokens = new ArrayList<Token>();
    connection.<Secret>pages(
        "list secrets in the namespace kube-system",
        options ->
            connection
                .client()
                .secrets()
                .inNamespace("kube-system")
                .withField("type", TYPE)
                .list(options),
        secret -> read(secret).ifPresent(tokens::add));
    tokens.sort(Comparator.comparing(Token::expires).thenComparing(Token::id));
    return new View(tokens, Instant.now());
  }

  /** Empty if it is another's, as of a node, or of another namespace. */
  private Optional<Token> read(Secret secret) {
    List<String> groups = Arrays.asList(value(secret, "auth-extra-groups").split(",", -1));
    String ours = EnrolToken.group(connection.namespace());
    return groups.contains(ours)
        ? Optional.of(
            new Token(
                value(secret, "token-id"),
                value(secret, "expiration"),
                groups.contains(ours + ":approve")))
        : Optional.empty();
  }

  private static String value(Secret secret, String key) {
    String data = secret.getData() == null ? "" : text(secret.getData().get(key));
    try {
      return new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** Ends one of the namespace at once, with the right to labels that was made for it. */
  Done revoke(String id) {
    String name = PREFIX + id;
    Optional<Token> found = connection.find(Secret.class, "kube-system", name).flatMap(this::read);
    if (found.isEmpty()) {
      throw new FleetException(
          "the namespace " + connection.namespace() + " has no token " + id,
          "List them: sandbar fleet token list -n " + connection.namespace());
    }
    connection.explained(
        "delete the secret " + name + " in the namespace kube-system",
        () -> connection.client().secrets().inNamespace("kube-system").withName(name).delete());
    String labels = EnrolToken.labelsName(id);
    for (var kind : List.of(RoleBinding.class, Role.class)) {
      if (connection.find(kind, labels).isPresent()) {
        connection.explained(
            "delete the " + kind.getSimpleName() + " " + labels,
            () ->
                connection
                    .client()
                    .resources(kind)
                    .inNamespace(connection.namespace())
                    .withName(labels)
                    .delete());
      }
    }
    var notes =
        new ArrayList<>(
            List.of("devices that enrolled with it stay: sandbar fleet decommission DEVICE"));
    notes.addAll(new TokenRecord(connection).add(id, "Revoked", ""));
    return Done.of(
        true,
        "revoke",
        "token/" + id,
        "token/" + id + " is revoked: no device enrols with it any more",
        notes.toArray(String[]::new));
  }
}
