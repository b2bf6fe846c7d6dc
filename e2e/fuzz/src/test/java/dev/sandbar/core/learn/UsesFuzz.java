package dev.sandbar.core.learn;

import static dev.sandbar.source.text.TextProperties.require;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SpecReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A service that has whatever it likes in its calls and in the table of its connections: what is
 * learned of it is a spec that compiles.
 */
class UsesFuzz {

  private static final List<String> CALLS =
      List.of("socket", "connect", "bind", "sendto", "sendmsg", "openat", "open", "read");

  @FuzzTest
  void uses(byte[] bytes) {
    var uses = new ArrayList<Use>();
    for (int at = 0; at + 2 <= bytes.length; at += 32) {
      byte[] data = Arrays.copyOfRange(bytes, at + 2, Math.min(bytes.length, at + 32));
      String call = CALLS.get(Math.floorMod(bytes[at], CALLS.size()));
      new CallRecord(call, bytes[at + 1], data).use().ifPresent(uses::add);
      uses.add(new Use.Called(new String(data, StandardCharsets.ISO_8859_1)));
    }
    String table = new String(bytes, StandardCharsets.ISO_8859_1);
    TcpTable.peers(table, Set.of(80, 8080)).forEach(it -> uses.addAll(it.uses()));
    SocketTables.waiting("tcp", table, Set.of("11"))
        .forEach(it -> uses.add(new Use.Flow(it.protocol(), it.peer(), 0)));
    LearnedSpec learned =
        LearnedSpec.of(
            UnitFile.read("[Service]\nExecStart=/usr/bin/app\n"),
            new AppName("app"),
            "app.service",
            Map.of(),
            Lessons.of(uses));
    require(learned.usable(), "the unit alone is usable");
    require(
        SpecReader.read(learned.manifest()) instanceof SpecReader.Read(var app, _)
            && Compiler.compile(app, ReferenceDevice.facts(app)) instanceof Compilation.Compiled,
        "the spec does not compile");
  }
}
