package dev.sandbar.source.git;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.source.SnapshotBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.jgit.lib.Repository;

/**
 * Checks settings before anything is connected. The user information of an address is never
 * repeated in a message: it may be a password.
 */
final class SettingsCheck {
  private static final Pattern SCP = Pattern.compile("([A-Za-z0-9._-]+@[A-Za-z0-9.-]+):([^/].*)");
  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9a-fA-F:.]+]");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");
  private static final Pattern SSH_USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*");
  private static final Pattern SSH_PATH = Pattern.compile("/[A-Za-z0-9._~/+@=,-]+");
  private static final Pattern PRINTABLE = Pattern.compile("[!-~]{1,2000}");
  private static final Set<String> SCHEME_NAMES = Set.of("https", "http", "ssh", "file");
  private static final String SCHEMES = "Use https://, ssh:// or file:///";

  private final GitSettings settings;
  private final GitSecrets secrets;
  private final GitReach reach;
  private final List<Diagnostic> found = new ArrayList<>();

  private SettingsCheck(GitSettings settings, GitSecrets secrets, GitReach reach) {
    this.settings = settings;
    this.secrets = secrets;
    this.reach = reach;
  }

  static List<Diagnostic> of(GitSettings settings, GitSecrets secrets, GitReach reach) {
    var check = new SettingsCheck(settings, secrets, reach);
    check.url();
    check.ref();
    check.path();
    check.files();
    return List.copyOf(check.found);
  }

  /** True if the text is the full id of a commit. */
  static boolean isCommit(String ref) {
    return ref.length() == 40 && ref.chars().allMatch(c -> "0123456789abcdef".indexOf(c) >= 0);
  }

  private void url() {
    String url = settings.url();
    var scp = SCP.matcher(url);
    if (scp.matches()) {
      error("the address is in the short form of SSH", "Write ssh://" + scp.group(1) + "/...");
      return;
    }
    if (!PRINTABLE.matcher(url).matches()) {
      error("the address is empty or holds blanks or other unusual characters", SCHEMES);
      return;
    }
    try {
      URI uri = new URI(url);
      String scheme = Objects.requireNonNullElse(uri.getScheme(), "");
      if (SCHEME_NAMES.contains(scheme) && !reach.schemes().contains(scheme)) {
        error(
            "addresses with " + scheme + "://" + " are not allowed here",
            "Use " + String.join(":// or ", new TreeSet<>(reach.schemes())) + "://");
        return;
      }
      switch (scheme) {
        case "https" -> web(uri);
        case "http" -> {
          web(uri);
          String host = Objects.requireNonNullElse(uri.getHost(), "");
          if (!host.isEmpty() && !LOOPBACK.matcher(host).matches()) {
            error("http:// would let anybody on the way change the manifests", "Use https://");
          }
        }
        case "ssh" -> ssh(uri);
        case "file" -> file(uri);
        default -> error("the scheme of the address is not supported", SCHEMES);
      }
      if (url.indexOf('?') >= 0 || url.indexOf('#') >= 0) {
        error("the address has a '?' or '#' part", "Remove it");
      }
    } catch (URISyntaxException e) {
      error("the address is not well-formed", SCHEMES);
    }
  }

  private void web(URI uri) {
    host(uri);
    if (uri.getRawUserInfo() != null) {
      error("the address holds a user name or password", "Remove it and use a token file");
    }
  }

  private void ssh(URI uri) {
    host(uri);
    Optional.ofNullable(uri.getRawUserInfo()).ifPresent(this::sshUser);
    if (!SSH_PATH.matcher(uri.getRawPath()).matches()) {
      error("the path in the address is not usable", "Write ssh://git@host/path");
    }
    if (settings.sshKeyFile().isEmpty() && secrets.sshKey().isEmpty()) {
      error("SSH needs a private key", "Name the file of the key");
    }
    if (settings.knownHostsFile().isEmpty() && secrets.knownHosts().isEmpty()) {
      error(
          "SSH needs the host key of the server",
          "Name a known_hosts file; ssh-keyscan shows the keys, compare them with what the server's"
              + " owner publishes");
    }
  }

  private void sshUser(String user) {
    if (user.contains(":")) {
      error("the address holds a password", "Remove it and use an SSH key file");
    } else if (!SSH_USER.matcher(user).matches()) {
      error("the user name in the address is not usable", "Write ssh://git@host/path");
    }
  }

  private void host(URI uri) {
    if (!HOST.matcher(Objects.requireNonNullElse(uri.getHost(), "")).matches()) {
      error("the address has no usable host name", SCHEMES);
    }
  }

  private void file(URI uri) {
    String authority = Objects.requireNonNullElse(uri.getRawAuthority(), "");
    String path = Objects.requireNonNullElse(uri.getPath(), "");
    if (!authority.isEmpty() || !path.startsWith("/")) {
      error("the path of the repository is not absolute", "Write file:///path/to/repository");
    }
  }

  private void ref() {
    String ref = settings.ref();
    if (ref.equals("HEAD") || isCommit(ref)) {
      return;
    }
    String full = ref.startsWith("refs/") ? ref : "refs/heads/" + ref;
    if (ref.startsWith("-") || ref.length() > 250 || !Repository.isValidRefName(full)) {
      error("the ref is not a name of a branch, a tag or a commit", "Write for example 'main'");
    }
  }

  private void path() {
    if (settings.path().isEmpty()) {
      return;
    }
    for (String segment : settings.path().split("/", -1)) {
      if (SnapshotBuilder.nameFault(segment).isPresent()) {
        found.add(
            Diagnostic.error(
                Problem.UNSAFE_PATH,
                Location.NOWHERE,
                "the path leaves the repository or is not in its plain form",
                "Write for example 'devices/berlin', without '/' at the ends"));
        return;
      }
    }
  }

  private void files() {
    boolean web = settings.url().startsWith("http");
    boolean ssh = settings.url().startsWith("ssh://");
    absolute("token file", settings.tokenFile(), web);
    absolute("CA file", settings.caFile(), settings.url().startsWith("https://"));
    absolute("SSH key file", settings.sshKeyFile(), ssh);
    absolute("known_hosts file", settings.knownHostsFile(), ssh);
    if (settings.username().chars().anyMatch(c -> c <= ' ' || c == ':' || c > '~')) {
      error("the user name holds a character that cannot be sent", "Use letters and digits");
    }
  }

  private void absolute(String what, String file, boolean fitsScheme) {
    if (file.isEmpty()) {
      return;
    }
    if (!file.startsWith("/") || file.indexOf('\0') >= 0) {
      error("the path of the " + what + " is not absolute", "Write the whole path");
    }
    if (!fitsScheme) {
      error("a " + what + " does not go with this kind of address", "Remove it");
    }
  }

  private void error(String message, String help) {
    found.add(Diagnostic.error(Problem.INVALID_VALUE, Location.NOWHERE, message, help));
  }
}
