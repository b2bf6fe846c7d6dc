package dev.sandbar.schema;

import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.ValueTables;
import dev.sandbar.crds.v1alpha1.AppSandboxSpec;
import dev.sandbar.crds.v1alpha1.ContentSource;
import java.util.ArrayList;
import java.util.Map;

/** The rules of the admission policy for {@code files}. */
final class FileRules {

  private static final String HELP = ": use a path below /run, or of a file in /etc";

  /** Whether an entry is of a file whose change reloads the app. */
  private static final String RELOADS = "(has(%1$s.onChange) && %1$s.onChange == 'Reload')";

  private static final String FOLDER = "%1$s.path.substring(0, %1$s.path.lastIndexOf('/') + 1)";

  /** Of a file in a folder of its own. */
  private static final String RELOADED_PATH =
      "^/run/([^/]+/)+[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,%d}$".formatted(SpecBounds.LONGEST_NAME - 1);

  private static final String CONTENTS =
      "variables.files.filter(i, has(i.from) && has(i.from.appContent)).map(i, i.from.appContent)";

  private FileRules() {}

  static void add(Map<String, String> rules) {
    PolicyRules.unknownInItems(
        rules, "files", "variables.files", KnownFields.of(AppSandboxSpec.File.class));
    reloaded(rules);
    PolicyRules.unknownInItems(
        rules,
        "from",
        "variables.files.filter(i, has(i.from)).map(i, i.from)",
        KnownFields.of(ContentSource.class));
    PolicyRules.unknownInItems(
        rules,
        "configMap",
        "variables.files.filter(i, has(i.from) && has(i.from.configMap)).map(i, i.from.configMap)",
        KnownFields.of(ContentSource.ConfigMapKey.class));
    PolicyRules.unknownInItems(
        rules, "appContent", CONTENTS, KnownFields.of(ContentSource.AppContentKey.class));
    rules.put(
        "keptFiles",
        "%s.map(c, c.bytes).sum() > %d ? ['files: an app may have %d bytes of AppContents at most: put some of them into the image, or into a volume'] : []"
            .formatted(CONTENTS, SpecBounds.MOST_KEPT, SpecBounds.MOST_KEPT));
    var trees = new ArrayList<>(ValueTables.reservedTrees());
    trees.addAll(ValueTables.hiddenTrees());
    rules.put(
        "filePlaces",
        ("variables.files.filter(i, (!i.path.startsWith('/run/') && (i.path in %1$s ||"
                + " %2$s.exists(f, i.path == f || i.path.startsWith(f + '/')) ||"
                + " %3$s.exists(f, i.path.startsWith(f)))) || i.path.contains(':')).map(i, \"files: '\" +"
                + " i.path + %4$s)")
            .formatted(
                Cel.list(ValueTables.reservedPaths()),
                Cel.list(trees),
                Cel.list(ValueTables.reservedPrefixes()),
                Cel.text("' is reserved, hidden from apps, or holds a colon" + HELP)));
    rules.put(
        "filesAmongSockets",
        "variables.files.filter(i, i.path.startsWith('/run/sandbar-apps/')).map(i, \"files: '\" + i.path + \"' is in the directories of sockets between apps: use another path below /run\")");
    rules.put(
        "filesBesideAgent",
        "variables.files.filter(i, i.path.startsWith('/run/sandbar-agent/')).map(i, \"files: '\" + i.path + \"' is in the directory of the agent's socket: use another path below /run\")");
    rules.put(
        "nestedFiles",
        "variables.files.exists(a, variables.files.exists(b, a.path.startsWith(b.path + '/'))) ?"
            + " ['files: one entry lies in another: give each entry a path of its own'] : []");
    rules.put(
        "filesInVolumes",
        "variables.closed && variables.files.exists(a, variables.placed.exists(v, a.path =="
            + " v.mountPath || a.path.startsWith(v.mountPath + '/') ||"
            + " v.mountPath.startsWith(a.path + '/'))) ? ['files: a file lies in a volume, or a"
            + " volume in it"
            + HELP
            + "'] : []");
    rules.put(
        "fileText",
        "variables.files.exists(i, has(i.content) && i.content.contains('\\u0000')) ? ['files: a content holds a NUL:"
            + " remove it, files are text'] : []");
  }

  private static void reloaded(Map<String, String> rules) {
    String reloads = RELOADS.formatted("i");
    rules.put(
        "reloadedFiles",
        ("variables.files.exists(i, %s) && (!has(object.spec.run.reload) ||"
                + " object.spec.run.reload.size() == 0 || has(object.spec.image)) ? ['files: onChange:"
                + " Reload needs run.reload, which an app with an image cannot have: add run.reload,"
                + " or remove onChange'] : []")
            .formatted(reloads));
    rules.put(
        "reloadedInOpenMode",
        ("!variables.closed && variables.files.exists(i, %s) ? ['files: onChange: Reload needs a /run of"
                + " the app, which it does not have in Open mode: remove onChange, or set mode:"
                + " Closed'] : []")
            .formatted(reloads));
    rules.put(
        "reloadedContents",
        ("variables.files.exists(i, %s && has(i.from) && has(i.from.appContent)) ? ['files: a file in"
                + " an AppContent is too large for onChange: Reload: remove onChange'] : []")
            .formatted(reloads));
    rules.put(
        "reloadedPrograms",
        ("variables.files.exists(i, %s && has(i.mode) && i.mode == '0555') ? ['files: onChange: Reload"
                + " is not for programs: remove onChange, or the mode'] : []")
            .formatted(reloads));
    rules.put(
        "reloadedPlaces",
        ("variables.files.filter(i, %s && (!%s || %s.exists(f, i.path.startsWith(f + '/'))))"
                + ".map(i, \"files: onChange: Reload of '\" + i.path + \"' needs a folder of its own and"
                + " a plain name: give the file the path /run/NAME/FILE\")")
            .formatted(
                reloads,
                Cel.matches("i.path", RELOADED_PATH),
                Cel.list(ValueTables.takenFolders())));
    rules.put(
        "reloadedFolders",
        ("variables.files.exists(a, %s && variables.files.exists(b, b.path.startsWith(%s) && (!%s ||"
                + " %s != %s))) ? ['files: a file with onChange: Reload shares its folder with"
                + " another that does not reload, or that is in a folder of it: give it a folder of its"
                + " own'] : []")
            .formatted(
                RELOADS.formatted("a"),
                FOLDER.formatted("a"),
                RELOADS.formatted("b"),
                FOLDER.formatted("a"),
                FOLDER.formatted("b")));
  }
}
