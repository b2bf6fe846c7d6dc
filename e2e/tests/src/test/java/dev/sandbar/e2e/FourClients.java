package dev.sandbar.e2e;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.device.fetch.TagLookup;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.ApiCredentials;
import dev.sandbar.device.kube.ApiLimits;
import dev.sandbar.device.kube.ApiServerAddress;
import dev.sandbar.device.kube.KubeApi;
import dev.sandbar.device.kube.Trust;
import dev.sandbar.device.report.AlertDestinations;
import dev.sandbar.device.report.AlertSender;
import dev.sandbar.device.report.DriftAlert;
import dev.sandbar.device.store.Platform;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.GitSettings;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Git, the API server, a registry and Alertmanager, as an agent reaches them. */
final class FourClients {
  private final Path folder;
  private final RealRegistry registry;
  private int number;

  /**
   * @param folder for their files
   * @param registry whose login is used, wherever it is reached
   */
  FourClients(Path folder, RealRegistry registry) {
    this.folder = folder;
    this.registry = registry;
  }

  /** Where the four are. */
  record Places(String git, String api, String registry, String alerts) {
    static Places at(String host) {
      return new Places(host, host, host, host);
    }
  }

  /** What each of them said: empty if it was reached. */
  record Said(String git, String api, String registry, String alerts) {
    List<String> all() {
      return List.of(git, api, registry, alerts);
    }
  }

  static final Said REACHED = new Said("", "", "", "");

  /** All at once; whatever is trusted by this process, or these. */
  Said ask(Places places, Optional<Path> gitCa, Optional<Path> apiCa, String ca) throws Exception {
    List<Callable<String>> four =
        List.of(
            () -> git("https://" + places.git() + "/fleet/.git", gitCa),
            () -> api("https://" + places.api(), apiCa),
            () -> registry(places.registry(), ca),
            () -> alert(places.alerts()));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var said = new ArrayList<String>();
      for (Future<String> future : threads.invokeAll(four)) {
        said.add(future.get());
      }
      return new Said(said.get(0), said.get(1), said.get(2), said.get(3));
    }
  }

  Said ask(Places places) throws Exception {
    return ask(places, Optional.empty(), Optional.empty(), "");
  }

  private String git(String url, Optional<Path> ca) throws IOException {
    GitSettings settings = GitSettings.of(url);
    Path state = Files.createTempDirectory(folder, "clone");
    var source =
        new GitRepositorySource(
            ca.isPresent() ? settings.withCa(ca.get().toString()) : settings,
            GitLimits.DEFAULT,
            state);
    return source.poll("") instanceof PollResult.Failed(var fault) ? fault.toString() : "";
  }

  private static String api(String url, Optional<Path> ca) {
    Trust trust = ca.isPresent() ? new Trust.Authorities(ca.get()) : new Trust.Platform();
    try (var api =
        new KubeApi(
            ApiServerAddress.of(url).orElseThrow(),
            trust,
            new ApiCredentials.Anonymous(),
            ApiLimits.DEFAULT,
            InstantSource.system())) {
      return api.get("/version") instanceof ApiAnswer.Failure failure ? failure.message() : "";
    }
  }

  private String registry(String host, String ca) throws IOException, InterruptedException {
    Path logins = Files.createTempFile(folder, "auth", ".json");
    Files.writeString(
        logins,
        Files.readString(Path.of(registry.access().authFile())).replace(registry.host(), host));
    Files.setPosixFilePermissions(logins, PosixFilePermissions.fromString("rw-------"));
    var lookup =
        new TagLookup(new DeviceSettings.Images(ca, logins.toString()), Platform.OF_THIS_MACHINE);
    return lookup.find(new ImageSource.Registry(host, "acme/pump"), "1")
            instanceof TagLookup.Answer.Refused(var message)
        ? message
        : "";
  }

  private String alert(String place) throws Exception {
    String url = place.contains("://") ? place : "https://" + place;
    String yaml = "[{name: test, alertmanager: '" + url + "'}]";
    var node =
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    if (!(AlertDestinations.read(node, InstantSource.system())
        instanceof AlertDestinations.Reading.Usable(var senders))) {
      throw new AssertionError(AlertDestinations.read(node, InstantSource.system()));
    }
    try (AlertSender sender = senders.getFirst()) {
      return switch (sender.send(
          List.of(new AlertSender.Message(firing(), false, Duration.ZERO)))) {
        case AlertSender.Outcome.Delivered() -> "";
        case AlertSender.Outcome.Retry(var reason, _) -> reason;
        case AlertSender.Outcome.Refused(var reason) -> "refused: " + reason;
      };
    }
  }

  private synchronized DriftAlert firing() {
    return new DriftAlert.Firing(
        new DriftAlert.Cause(
            "pump-7",
            "pump",
            "sandbar-pump.service",
            "manager",
            "IPAddressDeny-" + number++,
            "any",
            "none",
            Instant.now(),
            "main@sha1:0123456789abcdef0123456789abcdef01234567",
            DriftAlert.Severity.ERROR,
            DriftAlert.Reason.DRIFT_DETECTED));
  }
}
