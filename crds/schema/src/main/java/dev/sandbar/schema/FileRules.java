package dev.sandbar.schema;

import dev.sandbar.core.model.ValueTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The rules of the admission policy for {@code files}. */
final class FileRules {

  private static final String HELP = ": use a path below /run, or of a file in /etc";

  private FileRules() {}

  static void add(Map<String, String> rules) {
    PolicyRules.unknownInItems(
        rules, "files", "variables.files", List.of("path", "content", "from", "mode", "onChange"));
    rules.put(
        "reloadedFiles",
        "variables.files.exists(i, has(i.onChange) && i.onChange == 'Reload' &&"
            + " (!has(object.spec.run.reload) || has(object.spec.image))) ? ['files: onChange: Reload"
            + " needs run.reload, which an app with an image cannot have: add run.reload, or remove"
            + " onChange'] : []");
    PolicyRules.unknownInItems(
        rules,
        "from",
        "variables.files.filter(i, has(i.from)).map(i, i.from)",
        List.of("configMap"));
    PolicyRules.unknownInItems(
        rules,
        "configMap",
        "variables.files.filter(i, has(i.from) && has(i.from.configMap)).map(i, i.from.configMap)",
        List.of("name", "key"));
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
        "nestedFiles",
        "variables.files.exists(a, variables.files.filter(b, b.path == a.path ||"
            + " a.path.startsWith(b.path + '/')).size() > 1) ? ['files: two entries have one path,"
            + " or one lies in the other: give each entry a path of its own'] : []");
    rules.put(
        "filesInVolumes",
        "variables.closed && variables.files.exists(a, variables.storage.exists(v, a.path =="
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
}
