package dev.sandbar.device.report;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.source.secret.SecretFile;
import dev.sandbar.source.secret.TrustedAuthorities;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * Reads where alerts go: a list with one entry per destination.
 *
 * <pre>{@code
 * - name: operations
 *   alertmanager: https://alertmanager.example.com
 *   tokenFile: /etc/sandbar/alertmanager.token   # optional
 *   caFile: /etc/sandbar/ca.pem                  # optional, instead of the system's CAs
 *   keepAlive: 1m                                # optional, below its resolve_timeout
 *   firesAtLeast: 6m                             # optional, above its group_interval
 * - name: chat
 *   webhook: https://hooks.example.com/sandbar
 *   hmacKeyFile: /etc/sandbar/chat.key           # optional
 * - name: phone
 *   ntfy: https://ntfy.example.com/TOPIC
 *   tokenFile: /etc/sandbar/ntfy.token           # optional
 * - name: lab
 *   webhook: http://10.0.0.7:8080/
 *   plainHttp: true                              # needed beyond loopback
 * }</pre>
 */
public final class AlertDestinations {

  /** What any destination has. */
  private static final Set<String> COMMON = Set.of("name", "caFile", "plainHttp");

  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?");
  private static final Pattern PERIOD = Pattern.compile("([1-9][0-9]{0,3})(s|m)");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1\\]");
  private static final Pattern TOPIC = Pattern.compile("//[^/?#]+/[-_A-Za-z0-9]{1,64}");
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(1);

  /** Alertmanager's group_interval is 5 minutes unless configured. */
  private static final Duration FIRES_AT_LEAST = Duration.ofMinutes(6);

  private static final int MOST = 16;

  /** The kinds of destination. */
  private enum Kind {
    ALERTMANAGER("alertmanager", "Alertmanager", "tokenFile", "keepAlive", "firesAtLeast"),
    WEBHOOK("webhook", "a webhook", "hmacKeyFile"),
    NTFY("ntfy", "ntfy", "tokenFile");

    private final String field;
    private final String title;
    private final String secret;
    private final Set<String> fields;

    /**
     * @param field that names its URL
     * @param title for people
     * @param secret the field that names the file of its secret
     * @param others that only it has
     */
    Kind(String field, String title, String secret, String... others) {
      this.field = field;
      this.title = title;
      this.secret = secret;
      this.fields =
          Stream.concat(Stream.of(field, secret), Stream.of(others))
              .collect(Collectors.toUnmodifiableSet());
    }

    static Set<String> allFields() {
      return Arrays.stream(values())
          .flatMap(kind -> kind.fields.stream())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private final Duration deadline;
  private final InstantSource clock;
  private final List<Diagnostic> problems = new ArrayList<>();

  private AlertDestinations(Duration deadline, InstantSource clock) {
    this.deadline = deadline;
    this.clock = clock;
  }

  /** What came of reading. */
  public sealed interface Reading {

    /** The senders, in the order of the input. */
    record Usable(List<AlertSender> senders) implements Reading {
      public Usable {
        senders = List.copyOf(senders);
      }
    }

    /** Nothing of it is used. */
    record Invalid(List<Diagnostic> problems) implements Reading {
      public Invalid {
        problems = List.copyOf(problems);
      }
    }
  }

  /** Reads the list; every exchange with a destination takes at most 10 seconds. */
  public static Reading read(Node list, InstantSource clock) {
    return read(list, clock, Duration.ofSeconds(10));
  }

  static Reading read(Node list, InstantSource clock, Duration deadline) {
    return new AlertDestinations(deadline, clock).readAll(list);
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private Reading readAll(Node list) {
    List<AlertSender> senders = new ArrayList<>();
    if (list instanceof Node.Sequence sequence) {
      if (sequence.items().size() > MOST) {
        fail(Problem.TOO_LARGE, list.at(), "more than " + MOST + " destinations", "remove some");
      } else {
        Set<String> names = new HashSet<>();
        sequence.items().forEach(item -> readOne(item, names, senders));
      }
    } else {
      fail(
          Problem.WRONG_TYPE, list.at(), "alerts is not a list", "begin each entry with '- name:'");
    }
    if (problems.isEmpty()) {
      return new Reading.Usable(senders);
    }
    senders.forEach(AlertSender::close);
    return new Reading.Invalid(problems);
  }

  private void readOne(Node item, Set<String> names, List<AlertSender> senders) {
    if (!(item instanceof Node.Mapping mapping)) {
      fail(
          Problem.WRONG_TYPE,
          item.at(),
          "a destination is not a mapping",
          "write 'name:' and a URL");
      return;
    }
    int before = problems.size();
    Map<String, Node.Scalar> fields = fields(mapping);
    String name = name(mapping, fields, names);
    List<Kind> kinds =
        Arrays.stream(Kind.values()).filter(it -> fields.containsKey(it.field)).toList();
    if (kinds.size() != 1) {
      fail(
          Problem.CONFLICT,
          mapping.at(),
          "a destination is of one kind",
          "give exactly one of "
              + Arrays.stream(Kind.values()).map(it -> it.field).collect(Collectors.joining(", ")));
      return;
    }
    Kind kind = kinds.getFirst();
    URI target = url(kind, Objects.requireNonNull(fields.get(kind.field)), flag(fields));
    Credential credential = credential(fields, kind.secret);
    misplaced(fields, kind);
    Duration keepAlive = period(fields, "keepAlive", KEEP_ALIVE);
    Duration firesAtLeast = period(fields, "firesAtLeast", FIRES_AT_LEAST);
    SSLContext trust = trust(fields);
    if (problems.size() > before) {
      return;
    }
    BoundedHttp http =
        new BoundedHttp(trust, deadline, new ServerClock(clock), kind == Kind.WEBHOOK);
    senders.add(
        switch (kind) {
          case ALERTMANAGER ->
              new AlertmanagerSender(name, target, credential, keepAlive, firesAtLeast, http);
          case WEBHOOK -> new WebhookSender(name, target, credential, http);
          case NTFY -> new NtfySender(name, target, credential, http);
        });
  }

  private Map<String, Node.Scalar> fields(Node.Mapping mapping) {
    Map<String, Node.Scalar> fields = new LinkedHashMap<>();
    Set<String> known = Kind.allFields();
    known.addAll(COMMON);
    for (Node.Entry entry : mapping.entries()) {
      if (!known.contains(entry.key())) {
        fail(
            Problem.UNKNOWN_FIELD,
            entry.keyAt(),
            "unknown field " + entry.key(),
            "use one of " + String.join(", ", known));
      } else if (entry.value() instanceof Node.Scalar scalar) {
        fields.put(entry.key(), scalar);
      } else {
        fail(Problem.WRONG_TYPE, entry.keyAt(), entry.key() + " is not text", "write one value");
      }
    }
    return fields;
  }

  private String name(Node.Mapping mapping, Map<String, Node.Scalar> fields, Set<String> names) {
    Node.Scalar name = fields.get("name");
    if (name == null) {
      fail(Problem.MISSING_FIELD, mapping.at(), "a destination has no name", "add 'name:'");
      return "";
    }
    if (!isName(name.text())) {
      fail(
          Problem.INVALID_VALUE,
          name.at(),
          "the name of a destination is at most 50 of a-z, 0-9 and -",
          "rename it");
    } else if (!names.add(name.text())) {
      fail(Problem.DUPLICATE_NAME, name.at(), "two destinations have one name", "rename one");
    }
    return name.text();
  }

  /** No message shows the URL: that of a webhook is often a secret in itself. */
  private URI url(Kind kind, Node.Scalar field, boolean plain) {
    URI url;
    try {
      url = new URI(field.text());
    } catch (URISyntaxException e) {
      fail(Problem.INVALID_VALUE, field.at(), "not a URL", "write https://host/path");
      return URI.create("https://invalid.");
    }
    String scheme = String.valueOf(url.getScheme());
    String host = String.valueOf(url.getHost());
    if (url.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
      fail(Problem.INVALID_VALUE, field.at(), "not an https URL", "write https://host/path");
    } else if (url.getPort() > 65_535 || url.getPort() == 0) {
      fail(Problem.INVALID_VALUE, field.at(), "no such port", "use a port up to 65535");
    } else if (kind == Kind.ALERTMANAGER
        && (url.getRawQuery() != null || url.getRawFragment() != null)) {
      fail(
          Problem.INVALID_VALUE,
          field.at(),
          "the API path of Alertmanager is added to its URL",
          "end the URL before ? and #");
    } else if (kind == Kind.NTFY
        && !TOPIC.matcher(field.text().substring(field.text().indexOf("//"))).matches()) {
      fail(
          Problem.INVALID_VALUE,
          field.at(),
          "not the URL of a topic",
          "write https://ntfy.sh/TOPIC, with the topic of at most 64 of A-Z, a-z, 0-9, - and _");
    } else if (url.getUserInfo() != null) {
      fail(
          Problem.INVALID_VALUE,
          field.at(),
          "a user or password in a URL ends in logs",
          "put it in a file and name that by " + kind.secret);
    } else if (scheme.equals("http") && !plain && !LOOPBACK.matcher(host).matches()) {
      fail(
          Problem.INVALID_VALUE,
          field.at(),
          "alerts over http can be read and changed on the way",
          "use https, or set 'plainHttp: true'");
    }
    return url;
  }

  private Credential credential(Map<String, Node.Scalar> fields, String key) {
    Node.Scalar field = fields.get(key);
    if (field == null) {
      return new Credential.None();
    }
    SecretFile file = new SecretFile(absolute(field, key));
    if (file.read() instanceof SecretFile.Reading.Unusable(String reason)) {
      fail(Problem.SOURCE, field.at(), reason, "put the secret there, readable by its owner alone");
    }
    return new Credential.FromFile(file);
  }

  private void misplaced(Map<String, Node.Scalar> fields, Kind kind) {
    Set<String> others = Kind.allFields();
    others.removeAll(kind.fields);
    fields.forEach(
        (key, field) -> {
          if (others.contains(key)) {
            fail(
                Problem.CONFLICT, field.at(), key + " means nothing to " + kind.title, "remove it");
          }
        });
  }

  private Path absolute(Node.Scalar field, String key) {
    String text = field.text();
    if (!text.startsWith("/") || text.indexOf('\0') >= 0) {
      fail(Problem.UNSAFE_PATH, field.at(), key + " is not absolute", "begin the path with /");
      return Path.of("/nonexistent");
    }
    return Path.of(text);
  }

  private Duration period(Map<String, Node.Scalar> fields, String key, Duration otherwise) {
    Node.Scalar field = fields.get(key);
    if (field == null) {
      return otherwise;
    }
    Matcher matcher = PERIOD.matcher(field.text());
    if (!matcher.matches()) {
      fail(Problem.INVALID_VALUE, field.at(), key + " is not a time", "write 30s or 1m");
      return otherwise;
    }
    long number = Long.parseLong(matcher.group(1));
    return matcher.group(2).equals("m") ? Duration.ofMinutes(number) : Duration.ofSeconds(number);
  }

  private SSLContext trust(Map<String, Node.Scalar> fields) {
    Node.Scalar field = fields.get("caFile");
    if (field == null) {
      return TrustedAuthorities.system();
    }
    return switch (TrustedAuthorities.from(absolute(field, "caFile"))) {
      case TrustedAuthorities.Reading.Trusted(SSLContext context) -> context;
      case TrustedAuthorities.Reading.Unusable(String reason) -> {
        fail(Problem.SOURCE, field.at(), reason, "put the CA certificates there in PEM form");
        yield TrustedAuthorities.system();
      }
    };
  }

  private boolean flag(Map<String, Node.Scalar> fields) {
    Node.Scalar field = fields.get("plainHttp");
    if (field == null) {
      return false;
    }
    if (field.kind() != Node.Kind.BOOLEAN) {
      fail(Problem.WRONG_TYPE, field.at(), "plainHttp is not true or false", "write true or false");
    }
    return field.text().equals("true");
  }

  private void fail(Problem problem, Location at, String message, String help) {
    problems.add(Diagnostic.error(problem, at, message, help));
  }
}
