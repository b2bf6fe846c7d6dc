package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppUser;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.property.DynamicUserName;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A name for the uid that systemd gives an app when it starts, and a home. Which uid that is nobody
 * knows before: systemd tries the owner of the app's directories, then one that follows from the
 * name of the unit, then others (systemd.exec(5), DynamicUser=). So the files name every one that
 * it can be. In its user namespace ({@code PrivateUsers=}) the app sees no other uid of these:
 * those of other apps are nobody to it (user_namespaces(7)).
 */
final class UserLines {

  static final String BECAUSE = "run";

  private static final String PASSWD = "/etc/passwd";
  private static final String GROUP = "/etc/group";

  /** A home in which the app keeps nothing, where it has no directory of its own. */
  private static final String FLEETING = "/tmp";

  private UserLines() {}

  /** The two files; none for an app whose uid has no name. */
  static List<AppFile> files(AppSpec app, Sandbox sandbox) {
    AppUser user = app.run().user();
    if (user.isNone()) {
      return List.of();
    }
    String name = user.name();
    String home = home(app, sandbox);
    int likeliest = DynamicUserName.uid(name(app));
    // With a line for every uid they have hundreds of kilobytes: made again whenever they are
    // needed.
    return List.of(
        file(PASSWD, () -> passwd(name, home, likeliest)),
        file(GROUP, () -> group(name, likeliest)));
  }

  private static String passwd(String name, String home, int likeliest) {
    var text = new StringBuilder("root:x:0:0:root:/root:/usr/sbin/nologin\n");
    String end = "::" + home + ":/bin/sh\n";
    uids(likeliest)
        .forEach(
            uid -> text.append(name).append(":x:").append(uid).append(':').append(uid).append(end));
    return text.append("nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n").toString();
  }

  private static String group(String name, int likeliest) {
    var text = new StringBuilder("root:x:0:\n");
    uids(likeliest).forEach(uid -> text.append(name).append(":x:").append(uid).append(":\n"));
    return text.append("nogroup:x:65534:\n").toString();
  }

  /** What systemd calls the app's user: the same for all units that run something of the app. */
  static String name(AppSpec app) {
    return BusProxy.of(app)
        .map(BusProxy::user)
        .orElseGet(() -> DynamicUserName.of(app.unit().value()));
  }

  /** The likeliest first: it is the one that is found by the name. */
  private static IntStream uids(int likeliest) {
    return IntStream.concat(
        IntStream.of(likeliest),
        IntStream.rangeClosed(DynamicUserName.FIRST, DynamicUserName.LAST)
            .filter(uid -> uid != likeliest));
  }

  private static AppFile file(String path, Supplier<String> maker) {
    return new AppFile(path, new FileContent.Made(maker), false, "", Location.NOWHERE);
  }

  static void write(Draft draft, AppSpec app, Sandbox sandbox, boolean image) {
    AppUser user = app.run().user();
    for (AppFile file : files(app, sandbox)) {
      if (!image) {
        // systemd would make an empty file for it on the device.
        draft.unit("AssertPathExists", EscapedText.raw(file.path()), BECAUSE);
      }
      draft.service(
          "BindReadOnlyPaths", EscapedText.bind(FileStorePath.of(file), file.path()), BECAUSE);
      draft.service("NoExecPaths", EscapedText.paths(List.of(file.path())), BECAUSE);
    }
    if (!user.isNone()) {
      variable(draft, "HOME", home(app, sandbox));
      variable(draft, "USER", user.name());
      variable(draft, "LOGNAME", user.name());
    }
  }

  private static void variable(Draft draft, String name, String value) {
    draft.service("Environment", EscapedText.variable(name, value), BECAUSE);
  }

  private static String home(AppSpec app, Sandbox sandbox) {
    String home = app.run().user().home();
    return home.isEmpty() ? own(app.name(), sandbox).findFirst().orElse(FLEETING) : home;
  }

  private static Stream<String> own(AppName app, Sandbox sandbox) {
    return sandbox.files().directories().items().stream()
        .sorted()
        .map((AppDirectory directory) -> directory.of(app));
  }

  /** A home is where the app can write, so that no program is sent to the place of another. */
  static void check(AppSpec app, Sandbox sandbox, Complaints complaints) {
    AppUser user = app.run().user();
    if (!user.isNone() && sandbox.unconfined()) {
      complaints.error(
          Problem.CONFLICT,
          app.run().at(),
          "run.user names the user of a closed app, and an app in open mode is root",
          "remove run.user, or use mode: Closed");
    }
    if (user.home().isEmpty()) {
      return;
    }
    var places = new ArrayList<>(own(app.name(), sandbox).toList());
    sandbox.files().mounts().items().stream()
        .filter(Mount::writable)
        .map(Mount::mountPath)
        .forEach(places::add);
    places.add(FLEETING);
    if (places.stream().noneMatch(place -> PathText.within(user.home(), place))) {
      complaints.error(
          Problem.INVALID_VALUE,
          app.run().at(),
          "run.user.home: the app cannot write to %s".formatted(user.home()),
          "write %s, or a folder in it, or leave home out".formatted(String.join(" or ", places)));
    }
  }
}
