package dev.sandbar.device.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TreeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What others have made never ends an agent: small inputs that take much, at every boundary at
 * which the agent reads them, in a process with the flags of the packaged agent.
 */
class BombsTest {
  private static final int BLOCK = 512;
  private static final Path LAUNCHER = Path.of("../sandbar");
  private static final Pattern FLAG = Pattern.compile("(?<=\\s)-X[A-Za-z0-9:+=,.-]+(?=\\s)");

  @TempDir private Path folder;

  private record Ended(int code, String output) {}

  @Test
  void noBombEndsTheAgent() throws Exception {
    links();
    names();
    directories();
    sharedBlob();
    Ended ended = run(folder.toString());
    assertThat(ended.output()).doesNotContain("FAILED", "OutOfMemoryError", "StackOverflowError");
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output().lines().toList())
        .anyMatch(it -> it.startsWith("flow lists in ConfigMaps: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("keys in ConfigMaps: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("the largest files: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("long texts: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("apps with a user: 100 apps, "))
        .anyMatch(it -> it.startsWith("links with long targets: refused: its layers have names"))
        .anyMatch(it -> it.startsWith("long names: refused: its layers have names"))
        .anyMatch(it -> it.startsWith("one directory for ever: refused: a layer has more than"))
        .anyMatch(it -> it.startsWith("one blob in many files: 0 apps, TOO_LARGE"))
        .anyMatch(it -> it.startsWith("an answer of lists: refused: TOO_LARGE"))
        .anyMatch(it -> it.startsWith("an answer of fields: refused: TOO_LARGE"))
        .anyMatch(it -> it.startsWith("a revision beyond all limits: the newest revision is too"))
        .anyMatch(it -> it.startsWith("an image beyond all limits: the image is too large"))
        .anyMatch(it -> it.startsWith("an ordinary source afterwards: 1 apps, "));
  }

  /** Where nobody knows what was left half done, the service starts the agent again. */
  @Test
  void memoryThatEndsElsewhereEndsTheProcess() throws Exception {
    Ended ended = run("outside");
    assertThat(ended.code()).isEqualTo(3);
    assertThat(ended.output()).contains("action=end the agent has no memory left");
  }

  private Ended run(String argument) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.add("-XX:+UnlockDiagnosticVMOptions");
    command.addAll(flags());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(BombedAgent.class.getName(), argument));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("it ends").isTrue();
      return new Ended(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }

  /** Those that the launcher gives an agent. */
  private static List<String> flags() throws IOException {
    String text = Files.readString(LAUNCHER);
    String agent = text.substring(text.indexOf("set -- -Xms"), text.indexOf("-Djdk.reflect"));
    String all = text.substring(text.lastIndexOf("exec \"$jdk/bin/java\""));
    List<String> flags =
        FLAG.matcher(agent + all).results().map(it -> it.group()).distinct().toList();
    assertThat(flags).contains("-Xmx64m", "-Xss256k", "-XX:+UseSerialGC");
    return flags;
  }

  private void links() throws IOException {
    try (OutputStream tar = tar("links.tar.gz")) {
      byte[] target = "t".repeat(4_000).getBytes(UTF_8);
      for (int i = 0; i < 20_000; i++) {
        entry(tar, "././@LongLink", 'K', target);
        entry(tar, "l" + i, '2', new byte[0]);
      }
    }
  }

  private void names() throws IOException {
    try (OutputStream tar = tar("names.tar.gz")) {
      for (int i = 0; i < 59_000; i++) {
        entry(tar, "././@LongLink", 'L', ("n".repeat(245) + i).getBytes(UTF_8));
        entry(tar, "n", '0', new byte[0]);
      }
    }
  }

  private void directories() throws IOException {
    try (OutputStream tar = tar("directories.tar.gz")) {
      for (int i = 0; i < 130_000; i++) {
        entry(tar, "d/", '5', new byte[0]);
      }
    }
  }

  private OutputStream tar(String name) throws IOException {
    OutputStream out = Files.newOutputStream(folder.resolve(name));
    return new BufferedOutputStream(
        new GZIPOutputStream(out) {
          @Override
          public void close() throws IOException {
            write(new byte[2 * BLOCK]);
            super.close();
          }
        },
        1 << 16);
  }

  /** As in the tar of GNU, where a long name or target comes before as a file of its own. */
  private static void entry(OutputStream tar, String name, char type, byte[] content)
      throws IOException {
    var header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000644 0000000 0000000 %011o 00000000000 ".formatted(content.length));
    put(header, 148, "        " + type);
    put(header, 257, "ustar  ");
    int sum = 0;
    for (byte one : header) {
      sum += one;
    }
    put(header, 148, "%06o ".formatted(sum));
    tar.write(header);
    tar.write(content);
    tar.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }

  private static void put(byte[] header, int at, String text) {
    System.arraycopy(text.getBytes(UTF_8), 0, header, at, text.length());
  }

  /** A pack of a kilobyte: sixty files share one blob. */
  private void sharedBlob() throws IOException {
    try (Repository repository = new FileRepository(folder.resolve("blob.git").toFile())) {
      repository.create(true);
      try (ObjectInserter inserter = repository.newObjectInserter()) {
        String text = "apiVersion: v1\nkind: ConfigMap\ndata: [" + "a,".repeat(24_000) + "a]\n";
        ObjectId blob = inserter.insert(Constants.OBJ_BLOB, text.getBytes(UTF_8));
        var tree = new TreeFormatter();
        for (int i = 100; i < 160; i++) {
          tree.append("f" + i + ".yaml", FileMode.REGULAR_FILE, blob);
        }
        var commit = new CommitBuilder();
        commit.setTreeId(inserter.insert(tree));
        commit.setAuthor(new PersonIdent("a", "a@example.com"));
        commit.setCommitter(new PersonIdent("a", "a@example.com"));
        commit.setMessage("a");
        ObjectId id = inserter.insert(commit);
        inserter.flush();
        RefUpdate update = repository.updateRef("refs/heads/main");
        update.setNewObjectId(id);
        update.update();
      }
    }
  }
}
